import { type ThingQuery, thingKinds, thingPath, thingProcedure } from "../servers/things.ts";

/** A call of a procedure, before a protocol makes a request of it. */
export interface Call {
  readonly procedure: GatehouseProcedure | "benchmark.signedIn" | "empty" | ReturnType<typeof thingProcedure>;
  readonly input?: unknown;
  readonly accessToken?: string;
}

/** The procedures of Gatehouse that its peers have too, under addresses of their own. */
type GatehouseProcedure = "auth.register" | "auth.login" | "auth.refresh" | "user.me";

/** The method and the path of a request. */
interface Address {
  readonly method: "GET" | "POST";
  readonly path: string;
}

/** A call as it goes over the wire. */
export interface HttpRequest extends Address {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The way in which calls become requests, and answers outputs. */
export interface Protocol {
  toRequest(call: Call): HttpRequest;
  /** The procedure's output, from an answer of 2xx. Under load only the body is known. */
  toOutput(body: string, headers?: Headers): unknown;
  /** Calls that one request makes; default 1. */
  readonly callsPerRequest?: number;
}

/** tRPC's HTTP protocol, one call a request, in superjson; the inputs here are plain JSON, which needs no `meta`. */
const rpc = rpcUnder("/rpc");

/** The same where the benchmark mounts Gatehouse's procedures on the stock adapter. */
const stockRpc = rpcUnder("/stock");

function rpcUnder(prefix: string): Protocol {
  return {
    toRequest: (call) => ({
      method: isQuery(call) ? "GET" : "POST",
      path: `${prefix}/${call.procedure}`,
      headers: headersOf(call),
      ...(call.input === undefined ? {} : { body: JSON.stringify({ json: call.input }) }),
    }),
    toOutput: (body): unknown => JSON.parse(body).result.data.json,
  };
}

const isQuery = ({ procedure }: Call) => procedure === "user.me" || procedure === "benchmark.signedIn";

const callsPerRequest = 10;

/** tRPC's batches: `user.me` ten times in one request. Other calls, which sign in, go alone. */
const rpcBatch: Protocol = {
  callsPerRequest,
  toRequest(call) {
    const request = rpc.toRequest(call);
    if (call.procedure !== "user.me") return request;
    return { ...request, path: `/rpc/${Array(callsPerRequest).fill(call.procedure).join(",")}?batch=1` };
  },
  toOutput(body) {
    const answer: unknown = JSON.parse(body);
    return Array.isArray(answer) ? answer.at(-1).result.data.json : rpc.toOutput(body);
  },
};

/** tRPC's HTTP protocol without a transformer, for queries without an input. */
const plainRpc: Protocol = {
  toRequest: (call) => ({ method: "GET", path: `/rpc/${call.procedure}`, headers: headersOf(call) }),
  toOutput: (body): unknown => JSON.parse(body).result.data,
};

const restAddresses = {
  "auth.register": { method: "POST", path: "/v1/auth/register" },
  "auth.login": { method: "POST", path: "/v1/auth/login" },
  "auth.refresh": { method: "POST", path: "/v1/auth/refresh" },
  "user.me": { method: "GET", path: "/v1/users/me" },
} as const;

/** Plain JSON over HTTP. */
const rest: Protocol = {
  toRequest: (call) => jsonRequest(restAddresses, call),
  toOutput: (body): unknown => JSON.parse(body),
};

/** The REST address of each thing, by its procedure. */
const thingPaths = new Map<string, string>(
  Array.from({ length: thingKinds }, (_, index) => [thingProcedure(index + 1), thingPath(index + 1)]),
);

/** REST with a path parameter and a query. */
const things: Protocol = {
  toRequest({ procedure, input }) {
    const { id, limit, order } = input as ThingQuery;
    const path = thingPaths.get(procedure)?.replace("{id}", id);
    return { method: "GET", path: `${path}?limit=${limit}&order=${order}`, headers: {} };
  },
  toOutput: (body): unknown => JSON.parse(body),
};

const betterAuthAddresses = {
  "auth.register": { method: "POST", path: "/api/auth/sign-up/email" },
  "auth.login": { method: "POST", path: "/api/auth/sign-in/email" },
  "user.me": { method: "GET", path: "/api/auth/get-session" },
} as const;

/** better-auth refuses a change without an origin that it trusts; this one is its own. */
const betterAuthOrigin = "http://127.0.0.1";

interface Credentials {
  readonly email?: string;
  /** An address, here. */
  readonly identifier?: string;
  readonly password: string;
}

/** better-auth's own HTTP API. Its one token is in a header of the answer, and here stands for both of Gatehouse's. */
const betterAuth: Protocol = {
  toRequest(call) {
    const request = jsonRequest(betterAuthAddresses, withBetterAuthNames(call));
    return request.method === "GET"
      ? request
      : { ...request, headers: { ...request.headers, origin: betterAuthOrigin } };
  },
  toOutput(body, headers): unknown {
    const token = headers?.get("set-auth-token");
    if (token === null || token === undefined) return JSON.parse(body).user;
    return { session: { accessToken: token, refreshToken: token } };
  },
};

function withBetterAuthNames(call: Call): Call {
  if (call.input === undefined) return call;
  const { email, identifier, password } = call.input as Credentials;
  return { ...call, input: { name: "Ada", email: email ?? identifier, password } };
}

/** The protocols by the names that the table of contestants uses. */
export const protocols = {
  rest,
  rpc,
  "rpc-batch": rpcBatch,
  "stock-rpc": stockRpc,
  "plain-rpc": plainRpc,
  things,
  "better-auth": betterAuth,
} as const satisfies Record<string, Protocol>;

/** A protocol by its name. */
export type ProtocolName = keyof typeof protocols;

/** A server under load, and the protocol of its calls. */
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

/** `Content-Type` where there is an input, `Authorization` where there is a token. */
function headersOf({ input, accessToken }: Call): Record<string, string> {
  return {
    ...(input === undefined ? {} : { "content-type": "application/json" }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  };
}

/** A call with its input as JSON. Throws where the protocol has no address for it. */
function jsonRequest(addresses: Readonly<Record<string, Address>>, call: Call): HttpRequest {
  const address = addresses[call.procedure];
  if (address === undefined) throw new Error(`There is no address for ${call.procedure}`);
  const { input } = call;
  return { ...address, headers: headersOf(call), ...(input === undefined ? {} : { body: JSON.stringify(input) }) };
}
