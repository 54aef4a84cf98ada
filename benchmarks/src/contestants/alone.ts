import type { Contestant } from "../measurement.ts";
import type { Child } from "../processes/child.ts";
import type { Argon2Answers, HashingOrder } from "./argon2.ts";

const workOf: Readonly<Record<string, HashingOrder["work"]>> = { register: "hash", login: "verify" };

/** Argon2 in its own process, called by nobody. */
export function alone(argon2: Child<unknown, Argon2Answers>): Contestant {
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
