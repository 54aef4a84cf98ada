import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { chainStart, commitTo, linkDigest } from "./digest.ts";
import {
  type ChainState,
  createLinkPartition,
  findHead,
  insertLinks,
  listUnlinked,
  lockChain,
  moveHorizon,
  type NewLink,
  type UnlinkedEvent,
} from "./store.ts";

/** What linking events needs. */
export interface LinkDeps {
  readonly db: Database;
  readonly random: RandomSource;
}

/** How many events one transaction links. */
const pageSize = 500;

const saltBytes = 32;

/**
 * Links the events of all finished transactions to the chains of their months, and returns how many there were. A transaction
 * that writes an event waits for no other one.
 */
export async function linkEvents(deps: LinkDeps, signal?: AbortSignal): Promise<number> {
  let linked = 0;
  let count: number;
  do {
    signal?.throwIfAborted();
    count = await inTransaction(deps.db, (trx) => linkPage(deps, trx));
    linked += count;
  } while (count === pageSize);
  return linked;
}

async function linkPage(deps: LinkDeps, trx: DatabaseTransaction): Promise<number> {
  const state = await lockChain(trx);
  const events = await listUnlinked(trx, { ...rangeOf(state), limit: pageSize });
  for (const [month, ofMonth] of Map.groupBy(events, (event) => event.month)) {
    await createLinkPartition(trx, month);
    await insertLinks(trx, await makeLinks(deps, trx, ofMonth));
  }
  const last = events.at(-1);
  const isWhole = last === undefined || events.length < pageSize;
  // A page of a restored backup moves nothing: its transactions are not in the order of this cluster.
  if (isWhole) await moveHorizon(trx, state.xmin);
  else if (!isRestored(state)) await moveHorizon(trx, last.transaction_id);
  return events.length;
}

/** Whether the horizon is ahead of every transaction: the rows come from another cluster, whose transactions had other numbers. */
function isRestored({ horizon, xmax }: ChainState): boolean {
  return BigInt(horizon) > BigInt(xmax);
}

function rangeOf(state: ChainState) {
  const { horizon, xmin: below, xmax } = state;
  return isRestored(state) ? { from: "0", below, orFrom: xmax } : { from: horizon, below, orFrom: undefined };
}

async function makeLinks(
  { random }: LinkDeps,
  trx: DatabaseTransaction,
  events: readonly UnlinkedEvent[],
): Promise<readonly NewLink[]> {
  const links: NewLink[] = [];
  const [first] = events;
  const head = first && (await findHead(trx, first.month));
  for (const event of events) {
    const { month } = event;
    const before = links.at(-1) ?? head ?? { position: "0", digest: chainStart(month) };
    const position = String(BigInt(before.position) + 1n);
    const salt = random.bytes(saltBytes);
    const commitment = commitTo(event.personal, salt);
    const digest = linkDigest({ previous: before.digest, month, position, commitment, event });
    links.push({ month, position, eventId: event.id, salt, commitment, digest });
  }
  return links;
}
