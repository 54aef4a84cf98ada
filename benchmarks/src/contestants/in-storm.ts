import type { ProtocolName } from "../load/protocols.ts";
import type { StormResult } from "../load/storm.ts";
import type { LoadChild, ServerChild, StormChild } from "./children.ts";
import { type Contestant, runLoad } from "./measuring.ts";

/** Logins that are sent ÷ logins that the server can do. */
const timesCapacity = 10;

interface StormedServer {
  readonly server: ServerChild;
  readonly load: LoadChild;
  readonly storm: StormChild;
  readonly protocol: ProtocolName;
}

/**
 * Measures calls of users who are signed in, while ten times as many logins arrive as the server can do; its capacity is
 * measured first. Throws where a login of the storm gets anything but a session or 429 with `Retry-After`.
 */
export function inStorm({ server, load, storm, protocol }: StormedServer): Contestant {
  const address = { url: server.ready, protocol };
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: address, action: "login" });
      const logins = await runLoad(load, seconds);
      const capacity = logins.calls / logins.seconds;
      await load.ask("prepare", { server: address, action });
      await storm.ask("begin", { server: address, perSecond: capacity * timesCapacity });
      const { calls, failures, seconds: duration } = await load.ask("run", { seconds });
      const result = await storm.ask("end");
      check(result);
      // No answer in time is a figure, 0; a call that fails is none.
      if (failures > 0) throw new Error(`${failures} calls of the signed-in failed in the storm`);
      return {
        callsPerSecond: calls / duration,
        cpuMicrosPerCall: null,
        postgresCpuMicrosPerCall: null,
        figures: figuresOf(capacity, result),
      };
    },
  };
}

function check({ sent, statuses, refusedWithRetryAfter, broken }: StormResult): void {
  const { 200: signedIn = 0, 429: refused = 0 } = statuses;
  if (broken === 0 && signedIn > 0 && refused > 0 && refused === refusedWithRetryAfter && signedIn + refused === sent) {
    return;
  }
  const retryAfter = `${refusedWithRetryAfter} of 429 with Retry-After`;
  throw new Error(`Of ${sent} logins ${broken} broke; answers: ${JSON.stringify(statuses)}, ${retryAfter}`);
}

function figuresOf(capacity: number, { sent, statuses, refusedWithRetryAfter, seconds }: StormResult) {
  return {
    "logins/s without the storm": capacity,
    "logins/s sent": sent / seconds,
    "logins let in, of those sent": (statuses[200] ?? 0) / sent,
    "logins refused by 429 with Retry-After, of those sent": refusedWithRetryAfter / sent,
  };
}
