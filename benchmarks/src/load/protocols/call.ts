import type { thingProcedure } from "../../contestants/things/thing.ts";

/** A call of a procedure, whatever it travels by. */
export interface Call {
  readonly procedure: GatehouseProcedure | "benchmark.signedIn" | "empty" | ReturnType<typeof thingProcedure>;
  readonly input?: unknown;
  readonly accessToken?: string;
}

/** What is called of Gatehouse, and of those who do the same. */
type GatehouseProcedure = "auth.register" | "auth.login" | "auth.refresh" | "user.me";

/** Where a call goes, apart from what it brings. */
export interface Address {
  readonly method: "GET" | "POST";
  readonly path: string;
}

/** A call as it goes over the wire. */
export interface HttpRequest extends Address {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How calls become requests, and answers outputs. */
export interface Protocol {
  toRequest(call: Call): HttpRequest;
  /** What the procedure answered with, of a 2xx. Under load only the body is known. */
  toOutput(body: string, headers?: Headers): unknown;
  /** How often a request makes the call, where it is not once. */
  readonly callsPerRequest?: number;
}

/** The headers that a call needs besides what every HTTP request has. */
export function headersOf({ input, accessToken }: Call): Record<string, string> {
  return {
    ...(input === undefined ? {} : { "content-type": "application/json" }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
}

/** A call with its input as JSON. Throws where the protocol has no address for it. */
export function jsonRequest(addresses: Readonly<Record<string, Address>>, call: Call): HttpRequest {
  const address = addresses[call.procedure];
  if (address === undefined) throw new Error(`There is no address for ${call.procedure}`);
  const { input } = call;
  return { ...address, headers: headersOf(call), ...(input === undefined ? {} : { body: JSON.stringify(input) }) };
}
