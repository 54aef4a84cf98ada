import type { ProtocolName } from "../load/protocols/protocols.ts";
import type { Contestant } from "../measurement.ts";
import type { LoadChild, ServerChild } from "./start-process.ts";

interface LoadedServer {
  /** Ready with its address. */
  readonly server: ServerChild;
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
}

/** A server, called by the load process. */
export function underLoad({ server, load, protocol }: LoadedServer): Contestant {
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: { url: server.ready, protocol }, action });
      const cpuBefore = await server.cpuMicros();
      const { calls, failures, statuses, seconds: duration } = await load.ask("run", { seconds });
      const cpuMicros = (await server.cpuMicros()) - cpuBefore;
      if (failures > 0 || calls === 0) {
        throw new Error(
          `${failures} of ${action} over ${protocol} failed; answers by status: ${JSON.stringify(statuses)}`,
        );
      }
      return { callsPerSecond: calls / duration, cpuMicrosPerCall: cpuMicros / calls };
    },
  };
}
