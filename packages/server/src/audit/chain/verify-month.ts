import { timingSafeEqual } from "node:crypto";
import { chainStart, commitTo, type LinkedEvent, linkDigest } from "./digest.ts";
import type { Finding, VerifyOptions } from "./finding.ts";
import { listLinks, listUnlinkedOf, type StoredLink } from "./verify-store.ts";

const pageSize = 500;

/** An event that was linked this long after one of a later time was written later than it states, in milliseconds. */
const lateMillis = 3_600_000;

/** The walk along a month's chain. */
interface Walk {
  position: bigint;
  /** The digests that the next link may follow from: that of the last link as stored, and as it should be. */
  previous: readonly Uint8Array[];
  /** The latest time of an event so far, in milliseconds. */
  latest: number;
  events: number;
  erased: number;
}

type Report = (finding: Pick<Finding, "kind" | "message"> & Partial<Finding>) => void;

/** Verifies a month's events and links. Returns how many events there were, and how many of them were erased. */
export async function verifyMonth(
  { db, onFinding }: Pick<VerifyOptions, "db" | "onFinding">,
  month: string,
): Promise<Pick<Walk, "events" | "erased">> {
  const report: Report = (finding) => onFinding({ month, position: null, eventId: null, ...finding });
  const walk: Walk = {
    position: 0n,
    previous: [chainStart(month)],
    latest: Number.NEGATIVE_INFINITY,
    events: 0,
    erased: 0,
  };
  let links: readonly StoredLink[];
  do {
    links = await listLinks(db, { month, after: String(walk.position), limit: pageSize });
    for (const link of links) verifyLink(walk, { month, link }, report);
  } while (links.length === pageSize);
  await reportUnlinked({ db }, month, report);
  return walk;
}

function verifyLink(
  walk: Walk,
  { month, link }: { readonly month: string; readonly link: StoredLink },
  report: Report,
) {
  const { position, event_id: eventId, event } = link;
  const expected = walk.position + 1n;
  const isAfterGap = BigInt(position) !== expected;
  if (isAfterGap) {
    const until = BigInt(position) - 1n;
    const places = until === expected ? `The link at ${expected} is` : `The links from ${expected} to ${until} are`;
    report({ kind: "removed", position: String(expected), message: `${places} gone, with what they were about` });
  }
  walk.position = BigInt(position);
  if (event === null) {
    report({ kind: "removed", position, eventId, message: `The event ${eventId} is gone` });
    walk.previous = [link.digest];
    return;
  }
  walk.events += 1;
  // After a gap nothing tells what the link follows from.
  const digests = isAfterGap
    ? [link.digest]
    : walk.previous.map((previous) => digestOf(previous, { month, link, event }));
  if (digests.some((digest) => isSame(digest, link.digest))) {
    verifyPersonal(walk, { link, event }, report);
    verifyTime(walk, { link, event }, report);
  } else {
    const message = `The event ${eventId} (${event.public_id}) is not what was linked: it was edited, or is in another's place`;
    report({ kind: "edited", position, eventId, message });
  }
  walk.previous = [link.digest, ...digests];
}

function digestOf(
  previous: Uint8Array,
  { month, link: { position, commitment }, event }: { month: string; link: StoredLink; event: LinkedEvent },
): Uint8Array {
  return linkDigest({ previous, month, position, commitment, event });
}

interface LinkedPair {
  readonly link: StoredLink;
  readonly event: LinkedEvent;
}

function verifyPersonal(walk: Walk, { link: { position, salt, commitment }, event }: LinkedPair, report: Report): void {
  const { id: eventId, public_id, personal } = event;
  if (salt === null) walk.erased += 1;
  const isIntact = salt === null ? personal === "{}" : isSame(commitTo(personal, salt), commitment);
  const message = `The event ${eventId} (${public_id}) has another address, user agent, details or changes than were linked`;
  if (!isIntact) report({ kind: "edited", position, eventId, message });
}

function verifyTime(walk: Walk, { link: { position }, event }: LinkedPair, report: Report): void {
  const { id: eventId, public_id, at } = event;
  const time = Date.parse(at ?? "");
  const message = `The event ${eventId} (${public_id}) was written later than it states: it follows events of a later time`;
  if (time < walk.latest - lateMillis) report({ kind: "inserted", position, eventId, message });
  walk.latest = Math.max(walk.latest, time);
}

async function reportUnlinked({ db }: Pick<VerifyOptions, "db">, month: string, report: Report): Promise<void> {
  let after = "0";
  let events: Awaited<ReturnType<typeof listUnlinkedOf>>;
  do {
    events = await listUnlinkedOf(db, { month, after, limit: pageSize });
    for (const { id: eventId, public_id } of events) {
      const message = `The event ${eventId} (${public_id}) was inserted past the chain`;
      report({ kind: "inserted", eventId, message });
    }
    after = events.at(-1)?.id ?? after;
  } while (events.length === pageSize);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
