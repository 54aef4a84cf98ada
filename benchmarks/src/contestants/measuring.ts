import type { LoadResult } from "../load/fire.ts";
import type { ProtocolName } from "../load/protocols.ts";
import type { ActionName } from "../load/scripts.ts";
import type { HashingOrder } from "../servers/argon2.ts";
import type { Argon2Child, LoadChild, ServerChild, SignedInChild } from "./children.ts";

/** The figures of one contestant in one round of a case. */
export interface Measurement {
  readonly callsPerSecond: number;
  /**
   * Processor time of the contestant's processes, all of their threads together, in microseconds; `null` where they did
   * other work besides.
   */
  readonly cpuMicrosPerCall: number | null;
  /** The same of all processes of PostgreSQL; `null` too where it is not known. */
  readonly postgresCpuMicrosPerCall: number | null;
  /** Other figures of the round, by their names, which say the unit. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A contestant that has started. */
export interface Contestant {
  /** Throws where a single call fails: figures with failures in them say nothing. */
  measure(action: ActionName, seconds: number): Promise<Measurement>;
}

/** Processor time so far, in microseconds; `null` where it is not known. */
export type CpuClock = () => Promise<number | null>;

/** Starts to watch a clock. The result returns the time since then, divided by a number of calls. */
export async function watchCpu(clock: CpuClock): Promise<(calls: number) => Promise<number | null>> {
  const before = await clock();
  return async (calls) => {
    const after = await clock();
    return before === null || after === null ? null : (after - before) / calls;
  };
}

interface LoadedServer {
  /** Ready with its address. */
  readonly server: ServerChild;
  readonly postgresCpu: CpuClock;
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
}

/** Measures a server under the load of the load process. */
export function underLoad({ server, load, protocol, postgresCpu }: LoadedServer): Contestant {
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: { url: server.ready, protocol }, action });
      const [cpu, databaseCpu] = [await watchCpu(() => server.cpuMicros()), await watchCpu(postgresCpu)];
      const { calls, seconds: duration } = await runLoad(load, seconds);
      return {
        callsPerSecond: calls / duration,
        cpuMicrosPerCall: await cpu(calls),
        postgresCpuMicrosPerCall: await databaseCpu(calls),
      };
    },
  };
}

/** Runs the load that was prepared. Throws where a single call fails, or none succeeds. */
export async function runLoad(load: LoadChild, seconds: number): Promise<LoadResult> {
  const result = await load.ask("run", { seconds });
  const { calls, failures, statuses } = result;
  if (failures > 0 || calls === 0) {
    throw new Error(`${calls} calls succeeded, ${failures} failed; answers by status: ${JSON.stringify(statuses)}`);
  }
  return result;
}

interface CheckingServer extends LoadedServer {
  /** The same for both: two processes of one program may differ by more than the check costs. */
  readonly server: SignedInChild;
  readonly check: "on" | "off";
}

/** Measures the server of the signed-in with the check whether a session has ended, or without it. */
export function withCheck({ check, ...loaded }: CheckingServer): Contestant {
  const { server } = loaded;
  const contestant = underLoad(loaded);
  return {
    async measure(action, seconds) {
      await server.ask("setRevocationCheck", check);
      return await contestant.measure(action, seconds);
    },
  };
}

/** The work of an action that hashes. */
const workOf: Readonly<Record<string, HashingOrder["work"]>> = { register: "hash", login: "verify" };

/** Measures Argon2 in its own process, without a server or a load. */
export function alone(argon2: Argon2Child): Contestant {
  return {
    async measure(action, seconds) {
      const work = workOf[action];
      if (work === undefined) throw new Error(`There is nothing to hash in ${action}`);
      const cpu = await watchCpu(() => argon2.cpuMicros());
      const { calls, seconds: duration } = await argon2.ask("run", { work, seconds });
      return {
        callsPerSecond: calls / duration,
        cpuMicrosPerCall: await cpu(calls),
        postgresCpuMicrosPerCall: null,
      };
    },
  };
}
