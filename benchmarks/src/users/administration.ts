import { Client } from "pg";
import { type GatehouseChild, startGatehouse } from "../contestants/children.ts";
import { withLongTokens } from "../contestants/settings.ts";
import { type Account, registerAccount, signIn } from "../load/account.ts";
import { rounded, type Times, toTimes } from "../report/numbers.ts";
import type { Run } from "../runs/run.ts";
import { addAccounts } from "./accounts.ts";
import { pageSize } from "./by-hand.ts";
import { chooseTargets, type Operation, operations, placeOf, type Target, toTarget } from "./operations.ts";
import { RestCaller } from "./rest-caller.ts";

/** A call at one size of the table. */
export interface OperationTimes {
  readonly title: string;
  readonly isSearch: boolean;
  readonly server: Times;
  readonly byHand: Times;
}

/** All calls at one size of the table. */
export interface SizeReport {
  readonly accounts: number;
  /** The time that it took to add the accounts that the size before did not have. */
  readonly fillSeconds: number;
  readonly operations: readonly OperationTimes[];
}

/** Calls before those that are measured, at most: the server compiles its code and prepares its statements. */
const maxWarmUpCalls = 100;

interface AdministrationOptions {
  /** Numbers of accounts, the smallest first. */
  readonly sizes: readonly number[];
  /** Calls of each operation at each size. */
  readonly calls: number;
}

/**
 * Calls the administration of accounts at each size of the table, and asks PostgreSQL the same by hand, in turn. Throws if a call
 * fails, or the server lists other accounts than the statements by hand.
 */
export async function measureAdministration(
  run: Run,
  { sizes, calls }: AdministrationOptions,
): Promise<readonly SizeReport[]> {
  const client = new Client(run.database.url);
  await client.connect();
  try {
    const administrator = await registerAdministrator(run, client);
    const reports: SizeReport[] = [];
    for (const [index, accounts] of sizes.entries()) {
      const startedAt = performance.now();
      await addAccounts(client, { from: sizes[index - 1] ?? 0, to: accounts });
      const fillSeconds = rounded((performance.now() - startedAt) / 1000, 1);
      console.log(`${accounts} accounts, filled in ${fillSeconds} s`);
      reports.push({ accounts, fillSeconds, operations: await measureSize(run, { client, administrator, calls }) });
    }
    return reports;
  } finally {
    await client.end();
  }
}

/** The first account, before the others: those are then all newer. */
async function registerAdministrator({ surroundings, settings }: Run, client: Client): Promise<Account> {
  await using server = await startGatehouse(surroundings, settings);
  const account = await registerAccount({ url: server.ready, protocol: "rest" });
  await client.query(`update "user" set roles = '{admin}', created_at = '2009-01-01' where email = $1`, [
    account.email,
  ]);
  return account;
}

interface SizeOptions {
  readonly client: Client;
  readonly administrator: Account;
  readonly calls: number;
}

async function measureSize(
  { surroundings, settings }: Run,
  { client, administrator, calls }: SizeOptions,
): Promise<readonly OperationTimes[]> {
  await using server = await startGatehouse(surroundings, withLongTokens(settings));
  const { accessToken } = await signIn({ url: server.ready, protocol: "rest" }, administrator);
  using caller = new RestCaller(server.ready, accessToken);
  const targets = await readTargets(server, client, calls);
  const measured: OperationTimes[] = [];
  for (const operation of operations) {
    surroundings.signal.throwIfAborted();
    await compareLists(operation, { caller, client, targets });
    const pair = { caller, client, targets };
    await measure(operation, { ...pair, calls: Math.min(calls, maxWarmUpCalls) });
    const times = await measure(operation, { ...pair, calls });
    measured.push({ title: operation.title, isSearch: operation.isSearch, ...times });
    console.log(`${operation.title}: p50 ${times.server.p50} ms, by hand ${times.byHand.p50} ms`);
  }
  return measured;
}

async function readTargets(server: GatehouseChild, client: Client, count: number): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (const row of await chooseTargets(client, count)) {
    targets.push(toTarget(row, await server.ask("encodeCursor", placeOf(row))));
  }
  return targets;
}

interface Pair {
  readonly caller: RestCaller;
  readonly client: Client;
  readonly targets: readonly Target[];
}

/** Throws if the server lists other accounts than the statements by hand. */
async function compareLists({ title, request, byHand }: Operation, { caller, client, targets }: Pair): Promise<void> {
  const [target] = targets;
  if (target === undefined) throw new Error("The table is too small to choose accounts from");
  const rows = await byHand(client, target, 0);
  const { items } = JSON.parse(await caller.call(request(target, 0))) as { items?: readonly { readonly id: string }[] };
  if (rows === undefined) return;
  const [listed, expected] = [items?.map(({ id }) => id), rows.slice(0, pageSize).map(({ public_id }) => public_id)];
  if (JSON.stringify(listed) === JSON.stringify(expected)) return;
  throw new Error(`${title}: the server lists ${listed}, and the statements by hand ${expected}`);
}

/** Calls the server and asks PostgreSQL by hand, one after the other, about the same; each is the first at every second call. */
async function measure(
  { request, byHand }: Operation,
  { caller, client, targets, calls }: Pair & { readonly calls: number },
): Promise<Pick<OperationTimes, "server" | "byHand">> {
  const times = { server: [] as number[], byHand: [] as number[] };
  for (let call = 0; call < calls; call++) {
    const target = targets[call % targets.length];
    if (target === undefined) continue;
    const contestants = [
      async () => times.server.push(await millisOf(() => caller.call(request(target, call)))),
      async () => times.byHand.push(await millisOf(() => byHand(client, target, call))),
    ];
    for (const contestant of call % 2 === 0 ? contestants : contestants.toReversed()) await contestant();
  }
  return { server: toTimes(times.server), byHand: toTimes(times.byHand) };
}

async function millisOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
