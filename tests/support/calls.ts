import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { listOperations, type Operation } from "../../packages/server/src/http/rest/operation.ts";

export type { Operation };

/** Every procedure of Gatehouse, read from its router, so that tests over these also cover new procedures. */
export const allOperations = listOperations(createAppRouter({}));

/** Those that take JSON or nothing. A file is no JSON: tests/pictures and tests/abuse/34 send files. */
export const operations = allOperations.filter(({ upload }) => upload.length === 0);

const mutations = operations.filter(({ type }) => type === "mutation");

/** Fits every parameter of an address: a UUID, an installation, and the name of a role. */
export const anyParameter = "a0b1c2d3-0f1e-4a2b-8c3d-4e5f60718293";

/** The operation's REST address, each of whose parameters is well-formed and names nothing. */
export function addressOf({ rest }: Pick<Operation, "rest">): string {
  return rest.path.replaceAll(/\{[^}]+\}/g, anyParameter);
}

/** A refusal or a success, in one form for both protocols. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The unparsed body. */
  readonly text: string;
  /** What a success holds. */
  readonly output: unknown;
  /** What a refusal says. */
  readonly code: string | undefined;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | undefined;
}

/** One of the two ways to call a procedure. */
export interface Transport {
  readonly name: "REST" | "RPC";
  /** The mutations that can have a body: over REST, a GET has none. */
  readonly mutationsWithBody: readonly Operation[];
  /** Calls with an input that need not be valid. */
  send(url: string, operation: Operation, input: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Calls one of {@link mutationsWithBody} with a body that need not be JSON. */
  sendBody(url: string, operation: Operation, body: Body, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Wraps the JSON of an input for the protocol. */
  wrap(json: string): string;
}

type Body = string | Uint8Array<ArrayBuffer>;

const json = { "content-type": "application/json" };

/** Calls a procedure at its REST address. */
export const restTransport: Transport = {
  name: "REST",
  mutationsWithBody: mutations.filter(({ rest }) => rest.method !== "GET"),
  async send(url, operation, input, otherHeaders = {}) {
    const { pathParameters, rest, takesBody } = operation;
    const fields = isRecord(input) ? Object.entries(input) : [];
    const given = fields.filter((field) => headerOf(operation, field) === undefined);
    const headers = { ...otherHeaders, ...headersOf(operation, fields) };
    const address = new URL(fillPath(rest.path, new Map(given)), url);
    const others = given.filter(([name]) => !pathParameters.includes(name));
    if (rest.method === "GET" || (rest.method === "DELETE" && isRecord(input))) {
      address.search = others.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
      return await readRest(await fetch(address, { method: rest.method, headers }));
    }
    // Not an object literal, which would treat `__proto__` as the prototype.
    const body = isRecord(input) && takesBody ? Object.fromEntries(others) : input;
    const init = body === undefined ? { headers } : { headers: { ...json, ...headers }, body: JSON.stringify(body) };
    return await readRest(await fetch(address, { method: rest.method, ...init }));
  },
  async sendBody(url, operation, body, headers = {}) {
    const address = new URL(addressOf(operation), url);
    return await readRest(
      await fetch(address, { method: operation.rest.method, headers: { ...json, ...headers }, body }),
    );
  },
  wrap: (text) => text,
};

/** Calls a procedure with superjson at its RPC address. */
export const rpcTransport: Transport = {
  name: "RPC",
  mutationsWithBody: mutations,
  async send(url, operation, input, headers = {}) {
    const text = JSON.stringify({ json: input });
    if (operation.type === "mutation") return await this.sendBody(url, operation, text, headers);
    const address = new URL(`/rpc/${operation.procedure}`, url);
    if (input !== undefined) address.search = `input=${encodeURIComponent(text)}`;
    return await readRpc(await fetch(address, { headers }));
  },
  async sendBody(url, { procedure }, body, headers = {}) {
    const address = new URL(`/rpc/${procedure}`, url);
    return await readRpc(await fetch(address, { method: "POST", headers: { ...json, ...headers }, body }));
  },
  wrap: (text) => `{"json":${text}}`,
};

/** Both ways to call. */
export const transports = [restTransport, rpcTransport] as const;

interface Credentials {
  readonly accessToken: string;
  readonly email: string;
  readonly password: string;
}

/** The header of a caller who may call the operation. */
export function authorize({ meta }: Pick<Operation, "meta">, account: Credentials): Record<string, string> {
  if (meta.security === "bearer") return { authorization: `Bearer ${account.accessToken}` };
  const basic = Buffer.from(`${account.email}:${account.password}`).toString("base64");
  return meta.security === "basic" ? { authorization: `Basic ${basic}` } : {};
}

type Field = readonly [name: string, value: unknown];

function headersOf(operation: Operation, fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => headerOf(operation, field) ?? []));
}

/** The header of a field, if it has one. A value that no header can contain stays in the body, where it is refused. */
function headerOf({ headers }: Operation, [field, value]: Field): [name: string, value: string][] | undefined {
  const name = headers.get(field);
  return name !== undefined && fitsHeader(value) ? [[name, value]] : undefined;
}

/** Whether a header can contain the value unchanged. */
export function fitsHeader(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]{1,4000}$/.test(value);
}

function fillPath(path: string, given: ReadonlyMap<string, unknown>): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_braces, name: string) => encode(given.get(name) ?? ""));
}

/** Percent-encodes a text, with a lone surrogate as the bytes of a careless encoder. */
function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\ue000")).replaceAll("%EE%80%80", "%ED%A0%80");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readRest(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === "" ? undefined : JSON.parse(text);
  const { code, errors = [], requestId } = response.ok ? {} : body;
  return { ...common(response, text), output: response.ok ? body : undefined, code, errors, requestId };
}

async function readRpc(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = JSON.parse(text);
  const { code, errors = [], requestId } = body.error?.json.data ?? {};
  return { ...common(response, text), output: body.result?.data.json, code, errors, requestId };
}

function common({ status, headers }: Response, text: string) {
  return { status, headers, text };
}
