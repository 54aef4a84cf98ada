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
  /** Other figures of the round, by their names, which say the unit. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A contestant that has started. */
export interface Contestant {
  /** Throws where a single call fails: figures with failures in them say nothing. */
  measure(action: ActionName, seconds: number): Promise<Measurement>;
}

interface LoadedServer {
  /** Ready with its address. */
  readonly server: ServerChild;
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
}

/** Measures a server under the load of the load process. */
export function underLoad({ server, load, protocol }: LoadedServer): Contestant {
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: { url: server.ready, protocol }, action });
      const cpuBefore = await server.cpuMicros();
      const { calls, seconds: duration } = await runLoad(load, seconds);
      const cpuMicros = (await server.cpuMicros()) - cpuBefore;
      return { callsPerSecond: calls / duration, cpuMicrosPerCall: cpuMicros / calls };
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

interface CheckingServer {
  /** The same for both: two processes of one program may differ by more than the check costs. */
  readonly server: SignedInChild;
  readonly check: "on" | "off";
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
}

/** Measures the server of the signed-in with the check whether a session has ended, or without it. */
export function withCheck({ server, check, load, protocol }: CheckingServer): Contestant {
  const contestant = underLoad({ server, load, protocol });
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
      const cpuBefore = await argon2.cpuMicros();
      const result = await argon2.ask("run", { work, seconds });
      const cpuMicros = (await argon2.cpuMicros()) - cpuBefore;
      return { callsPerSecond: result.calls / result.seconds, cpuMicrosPerCall: cpuMicros / result.calls };
    },
  };
}
