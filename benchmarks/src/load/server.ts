import type { Call, Protocol } from "./protocols/call.ts";
import { type ProtocolName, protocols } from "./protocols/protocols.ts";

/** A server under load, and how it is called. */
export interface ServerAddress {
  readonly url: string;
  readonly protocol: ProtocolName;
}

/** Calls a server once, outside the measured time. Throws where the answer is not a success. */
export async function callOnce({ url, protocol: name }: ServerAddress, call: Call): Promise<unknown> {
  const protocol: Protocol = protocols[name];
  const { path, method, headers, body = null } = protocol.toRequest(call);
  const response = await fetch(new URL(path, url), { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${call.procedure} over ${name} answered ${response.status}: ${text}`);
  return protocol.toOutput(text, response.headers);
}
