import type { ProtocolName } from "../load/protocols.ts";
import type { StormResult } from "../load/storm.ts";
import type { GatehouseChild, LoadChild, StormChild } from "./children.ts";
import { type Contestant, runLoad } from "./measuring.ts";

/** Logins that are sent ÷ logins that the server can do. */
const timesCapacity = 10;

/** The duration of the load whose logins are all refused. */
const refusalSeconds = 2;

/** The names of the figures that are measures. */
export const stormFigures = {
  letIn: "logins let in a second, of those possible a second",
  refusalCost: "CPU time of a refused login, of one that is let in",
} as const;

interface StormedServer {
  readonly server: GatehouseChild;
  readonly load: LoadChild;
  readonly storm: StormChild;
  readonly protocol: ProtocolName;
}

/**
 * Measures calls of users who are signed in, while ten times as many logins arrive as the server can do. Its capacity, and the
 * cost of a login that it refuses, are measured first. Throws where a login of the storm gets anything but a session or 429 with
 * `Retry-After`.
 */
export function inStorm({ server, load, storm, protocol }: StormedServer): Contestant {
  const address = { url: server.ready, protocol };
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: address, action: "login" });
      const capacity = await measureLogins(server, load, seconds);
      const refusalMicros = await measureRefusals(server, load);
      await load.ask("prepare", { server: address, action });
      await storm.ask("begin", { server: address, perSecond: capacity.loginsPerSecond * timesCapacity });
      const before = await storm.ask("progress");
      const { calls, failures, seconds: duration } = await load.ask("run", { seconds });
      const after = await storm.ask("progress");
      const result = await storm.ask("end");
      check(result);
      // No answer in time is a figure, 0; a call that fails is none.
      if (failures > 0) throw new Error(`${failures} calls of the signed-in failed in the storm`);
      const letInPerSecond = (after.signedIn - before.signedIn) / (after.seconds - before.seconds);
      return {
        callsPerSecond: calls / duration,
        cpuMicrosPerCall: null,
        postgresCpuMicrosPerCall: null,
        figures: figuresOf({ capacity, refusalMicros, letInPerSecond, result }),
      };
    },
  };
}

interface Capacity {
  readonly loginsPerSecond: number;
  /** Processor time of the server for one login. */
  readonly loginMicros: number;
}

/** Measures the logins that were prepared, without a storm. */
async function measureLogins(server: GatehouseChild, load: LoadChild, seconds: number): Promise<Capacity> {
  const before = await server.cpuMicros();
  const { calls, seconds: duration } = await runLoad(load, seconds);
  return { loginsPerSecond: calls / duration, loginMicros: ((await server.cpuMicros()) - before) / calls };
}

/**
 * Measures the processor time of a refusal, in microseconds: the same logins while all places of calls that hash are taken.
 * Throws where a login is not refused.
 */
async function measureRefusals(server: GatehouseChild, load: LoadChild): Promise<number> {
  await server.ask("setHashingPlaces", "taken");
  const before = await server.cpuMicros();
  const { failures, calls, statuses } = await load.ask("run", { seconds: refusalSeconds });
  const cpuMicros = (await server.cpuMicros()) - before;
  await server.ask("setHashingPlaces", "free");
  const refused = statuses[429] ?? 0;
  if (refused > 0 && refused === failures && calls === 0) return cpuMicros / refused;
  throw new Error(`Logins were not refused; answers by status: ${JSON.stringify(statuses)}, ${failures} failures`);
}

function check({ sent, statuses, refusedWithRetryAfter, broken }: StormResult): void {
  const { 200: signedIn = 0, 429: refused = 0 } = statuses;
  if (broken === 0 && signedIn > 0 && refused > 0 && refused === refusedWithRetryAfter && signedIn + refused === sent) {
    return;
  }
  const retryAfter = `${refusedWithRetryAfter} of 429 with Retry-After`;
  throw new Error(`Of ${sent} logins ${broken} broke; answers: ${JSON.stringify(statuses)}, ${retryAfter}`);
}

interface Findings {
  readonly capacity: Capacity;
  readonly refusalMicros: number;
  readonly letInPerSecond: number;
  readonly result: StormResult;
}

function figuresOf({ capacity, refusalMicros, letInPerSecond, result }: Findings) {
  const { sent, refusedWithRetryAfter, seconds } = result;
  return {
    "logins/s without the storm": capacity.loginsPerSecond,
    "logins/s sent": sent / seconds,
    [stormFigures.letIn]: letInPerSecond / capacity.loginsPerSecond,
    "logins refused by 429 with Retry-After, of those sent": refusedWithRetryAfter / sent,
    "CPU µs of a login": capacity.loginMicros,
    "CPU µs of a login that is refused": refusalMicros,
    [stormFigures.refusalCost]: refusalMicros / capacity.loginMicros,
  };
}
