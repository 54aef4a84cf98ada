import type { GatehouseErrorCode } from "@gatehouse/server/api";
import superjson, { type SuperJSONResult } from "superjson";
import type { ProcedurePath } from "../inference.ts";

/** A call as it arrived. */
export interface FakeCall {
  readonly path: string;
  readonly input: unknown;
  readonly authorization: string | null;
}

type Answer = (call: FakeCall) => unknown;

/** A refusal of a call. */
export class Refusal extends Error {
  readonly data: object;

  constructor(code: GatehouseErrorCode) {
    super(`refused: ${code}`);
    this.data = { code, httpStatus: 400, errors: [], requestId: "request-1" };
  }
}

/** Speaks tRPC's protocol over `fetch`, and returns the answers of a test. */
export class FakeServer {
  /** Every call so far, in the order of arrival. */
  readonly calls: FakeCall[] = [];
  /** Every request so far. */
  readonly requests: Request[] = [];
  readonly #answers = new Map<string, Answer>();

  /** From now on, calls of the procedure get the function's result, or the {@link Refusal} that it throws. */
  on(path: ProcedurePath, answer: Answer): this {
    this.#answers.set(path, answer);
    return this;
  }

  /** How often the procedure was called. */
  count(path: ProcedurePath): number {
    return this.calls.filter((call) => call.path === path).length;
  }

  /** Pass it to `createClient`. An error other than a refusal counts as a network failure. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    this.requests.push(request);
    const calls = await readCalls(request);
    this.calls.push(...calls);
    const body = await Promise.all(calls.map((call) => this.#answer(call)));
    request.signal.throwIfAborted();
    return Response.json(isBatch(request) ? body : body[0]);
  };

  async #answer(call: FakeCall): Promise<object> {
    const answer = this.#answers.get(call.path);
    if (answer === undefined) throw new Error(`Nobody said what ${call.path} answers`);
    try {
      return { result: { data: superjson.serialize(await answer(call)) } };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { message, data } = error;
      return { error: superjson.serialize({ message, code: -32_000, data }) };
    }
  }
}

function isBatch(request: Request): boolean {
  return new URL(request.url).searchParams.has("batch");
}

async function readCalls(request: Request): Promise<FakeCall[]> {
  const { pathname, searchParams } = new URL(request.url);
  const text = request.method === "GET" ? searchParams.get("input") : await request.text();
  const sent = JSON.parse(text || "{}");
  const inputs: Record<string, SuperJSONResult> = isBatch(request) ? sent : { 0: sent };
  const authorization = request.headers.get("authorization");
  const paths = pathname.replace(/^\/rpc\//, "").split(",");
  return paths.map((path, index) => {
    const input = inputs[index];
    return { path, input: input === undefined ? undefined : superjson.deserialize(input), authorization };
  });
}
