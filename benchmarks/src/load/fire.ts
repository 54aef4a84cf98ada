import autocannon from "autocannon";
import { type Protocol, protocols, type ServerAddress } from "./protocols.ts";
import type { Script } from "./scripts.ts";

/** A request that has no answer after this time has failed, in seconds. */
const timeoutSeconds = 10;

/** The interval at which an end by time is looked for, in milliseconds. */
const sampleMillis = 50;

/** When a load ends: after a time, or after so many requests. */
export type LoadLength = { readonly seconds: number } | { readonly requests: number };

interface Load {
  readonly server: ServerAddress;
  /** One for each connection. */
  readonly scripts: readonly Script[];
  readonly length: LoadLength;
}

/** The sums of a load. */
export interface LoadResult {
  /** Made by requests that were answered with 2xx. */
  readonly calls: number;
  /** Requests answered with anything else, timed out, or broken off by the server. */
  readonly failures: number;
  /** The status codes among the answers and how often each was. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Puts a server under load: as many connections as scripts, each with one request at a time. */
export async function fire({ server, scripts, length }: Load): Promise<LoadResult> {
  const waiting = [...scripts];
  const protocol: Protocol = protocols[server.protocol];
  const result = await autocannon({
    url: server.url,
    connections: scripts.length,
    ...("seconds" in length ? { duration: length.seconds } : { amount: length.requests }),
    timeout: timeoutSeconds,
    sampleInt: sampleMillis,
    setupClient(client) {
      const script = waiting.shift();
      if (script !== undefined) client.setRequests(toAutocannon(script, protocol));
    },
  });
  const statuses = Object.entries(result.statusCodeStats ?? {}).map(([status, { count }]) => [status, count]);
  return {
    calls: result["2xx"] * (protocol.callsPerRequest ?? 1),
    failures: result.non2xx + result.errors + result.mismatches,
    statuses: Object.fromEntries(statuses),
    seconds: result.duration,
  };
}

/** Requests that are always the same are built once; others are built anew each time. */
function toAutocannon(script: Script, protocol: Protocol): autocannon.Request[] {
  if ("repeat" in script) return script.repeat.map((call) => ({ ...protocol.toRequest(call) }));
  const { receive } = script;
  return [
    {
      setupRequest: (request) => ({ ...request, ...protocol.toRequest(script.next()) }),
      ...(receive && {
        onResponse: (status: number, body: string) => {
          if (status >= 200 && status < 300) receive(protocol.toOutput(body));
        },
      }),
    },
  ];
}
