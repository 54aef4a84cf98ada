import { Client } from "pg";
import { type LoadChild, startGatehouse, startLoad, startUnaudited } from "../contestants/children.ts";
import { type Contestant, type Measurement, underLoad } from "../contestants/measuring.ts";
import { registerAccount, signIn } from "../load/account.ts";
import { callOnce } from "../load/protocols.ts";
import { median, medianOfKnown, rounded } from "../report/numbers.ts";
import type { Run } from "../runs/run.ts";

/** The calls that are measured with the audit log and without. */
const actions = ["login", "refresh"] as const;

/** What the audit log costs a call. */
export interface AuditCost {
  readonly action: (typeof actions)[number];
  /** Events that a call writes. */
  readonly events: number;
  /** Medians of the rounds. */
  readonly callsPerSecond: { readonly audited: number; readonly unaudited: number };
  /** The share of the time of a call: the median, the lowest and the highest of the rounds. */
  readonly cost: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same of the processor time of server and PostgreSQL; `null` where that of PostgreSQL is not known. */
  readonly cpuCost: number | null;
}

interface AuditOptions {
  readonly rounds: number;
  /** Duration of one measurement. */
  readonly seconds: number;
}

interface Pair {
  readonly audited: Contestant;
  readonly unaudited: Contestant;
}

type Round = Readonly<Record<keyof Pair, Measurement>>;

/** Measures logins and refreshes of a server with the audit log and of one without, in turn, each on a database of its own. */
export async function measureAudit(
  { surroundings, settings, database }: Run,
  { rounds, seconds }: AuditOptions,
): Promise<readonly AuditCost[]> {
  await using load: LoadChild = await startLoad(surroundings);
  await using audited = await startGatehouse(surroundings, settings);
  await using unaudited = await startUnaudited(surroundings, settings);
  const postgresCpu = () => database.postgresCpuMicros();
  const contestant = (server: typeof audited) => underLoad({ server, load, protocol: "rpc", postgresCpu });
  const pair = { audited: contestant(audited), unaudited: contestant(unaudited) };
  const events = await countEventsOfCalls(audited.ready, database.url);
  const costs: AuditCost[] = [];
  for (const action of actions) {
    await measureRound(pair, { action, seconds, round: 0 });
    const measured: Round[] = [];
    for (let round = 1; round <= rounds; round++) measured.push(await measureRound(pair, { action, seconds, round }));
    costs.push({ action, events: events[action], ...summarise(measured) });
  }
  if ((await countEvents(settings.peerDatabaseUrl)) > 0) throw new Error("The server without audit log wrote events");
  return costs;
}

/** How many events a login writes, and a refresh. */
async function countEventsOfCalls(url: string, databaseUrl: string): Promise<Record<AuditCost["action"], number>> {
  const server = { url, protocol: "rpc" } as const;
  const account = await registerAccount(server);
  const before = await countEvents(databaseUrl);
  const { refreshToken } = await signIn(server, account);
  const afterLogin = await countEvents(databaseUrl);
  await callOnce(server, { procedure: "auth.refresh", input: { refreshToken } });
  return { login: afterLogin - before, refresh: (await countEvents(databaseUrl)) - afterLogin };
}

interface RoundOptions {
  readonly action: AuditCost["action"];
  readonly seconds: number;
  /** 0 for the warm-up. */
  readonly round: number;
}

/** Each of the two is the first in every second round. */
async function measureRound(pair: Pair, { action, seconds, round }: RoundOptions): Promise<Round> {
  const measured: Partial<Record<keyof Pair, Measurement>> = {};
  const names = ["audited", "unaudited"] as const;
  for (const name of round % 2 === 0 ? names : names.toReversed()) {
    measured[name] = await pair[name].measure(action, seconds);
    console.log(`round ${round}: ${action}, ${name}: ${Math.round(measured[name].callsPerSecond)} calls/s`);
  }
  const { audited, unaudited } = measured;
  if (audited === undefined || unaudited === undefined) throw new Error("A contestant was not measured");
  return { audited, unaudited };
}

function summarise(rounds: readonly Round[]) {
  const costs = rounds.map(({ audited, unaudited }) => unaudited.callsPerSecond / audited.callsPerSecond - 1);
  const rates = (name: keyof Pair) => rounded(median(rounds.map((round) => round[name].callsPerSecond)), 1);
  const cpuCost = medianOfKnown(rounds.map(cpuCostOf));
  return {
    callsPerSecond: { audited: rates("audited"), unaudited: rates("unaudited") },
    cost: rounded(median(costs), 4),
    lowest: rounded(Math.min(...costs), 4),
    highest: rounded(Math.max(...costs), 4),
    cpuCost: cpuCost === null ? null : rounded(cpuCost, 4),
  };
}

function cpuCostOf({ audited, unaudited }: Round): number | null {
  const [dear, cheap] = [cpuMicrosOf(audited), cpuMicrosOf(unaudited)];
  return dear === null || cheap === null ? null : dear / cheap - 1;
}

function cpuMicrosOf({ cpuMicrosPerCall, postgresCpuMicrosPerCall }: Measurement): number | null {
  if (cpuMicrosPerCall === null || postgresCpuMicrosPerCall === null) return null;
  return cpuMicrosPerCall + postgresCpuMicrosPerCall;
}

async function countEvents(databaseUrl: string): Promise<number> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ events: number }>("select count(*)::int as events from audit_event");
    return rows[0]?.events ?? 0;
  } finally {
    await client.end();
  }
}
