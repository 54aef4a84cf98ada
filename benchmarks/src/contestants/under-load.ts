import type { LoadResult } from "../load/fire.ts";
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
      const { calls, seconds: duration } = await runLoad(load, seconds);
      const cpuMicros = (await server.cpuMicros()) - cpuBefore;
      return { callsPerSecond: calls / duration, cpuMicrosPerCall: cpuMicros / calls };
    },
  };
}

/** Carries out what the load has prepared. Throws where a single call fails. */
export async function runLoad(load: LoadChild, seconds: number): Promise<LoadResult> {
  const result = await load.ask("run", { seconds });
  const { calls, failures, statuses } = result;
  if (failures > 0 || calls === 0) {
    throw new Error(`${calls} calls succeeded, ${failures} failed; answers by status: ${JSON.stringify(statuses)}`);
  }
  return result;
}
