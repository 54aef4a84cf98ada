import fc from "fast-check";
import { codes, outputs, procedurePaths, thrown } from "./cases.ts";

/** One request, as the tests send it. */
export interface TestRequest {
  readonly method: string;
  /** Still encoded, after the prefix. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Call {
  readonly path: string;
  readonly input: unknown;
}

const anyInputs = fc.oneof(
  fc.record({ name: fc.string() }),
  fc.record({ json: fc.constantFrom<unknown>("date", "map", { name: "Ada" }) }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.string({ unit: "grapheme" }),
);

/** Inputs for which some procedures return or throw something special, bare and in superjson's form. */
const namedInputs = fc
  .tuple(fc.constantFrom(...Object.keys(outputs), ...Object.keys(thrown), ...codes), fc.boolean())
  .map(([name, isBare]) => (isBare ? name : { json: name }));

function inputsOf(path: string): fc.Arbitrary<unknown> {
  const isByName = /^(out|fail)/.test(path);
  const inputs = fc.oneof({ weight: isByName ? 5 : 1, arbitrary: namedInputs }, { weight: 3, arbitrary: anyInputs });
  return takesInput(path) ? fc.option(inputs, { nil: undefined, freq: 8 }) : fc.constant(undefined);
}

/**
 * Whether the procedure takes input; nothing is sent to the others. In a batch, the report of such a procedure's failure may or
 * may not contain its input, depending on whether another call has had the body parsed by then, which takes longer in the stock
 * adapter.
 */
function takesInput(path: string): boolean {
  return !/none|raw|head/i.test(path);
}

/** The parts of a request for a subscription besides its input. */
interface Resumption {
  readonly parameters?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

const resumptions: readonly Resumption[] = [
  {},
  { headers: { "last-event-id": "first" } },
  { parameters: ["lastEventId=first"] },
  { parameters: ["Last-Event-Id=a%0Ab"], headers: { "last-event-id": "" } },
  { parameters: ["connectionParams=%7B%22ticket%22%3A%22t%22%7D"] },
  { parameters: ["connectionParams=%7B%22ticket%22%3A1%7D"] },
];

/**
 * Requests as a client sends them: queries and mutations, alone and in batches, and subscriptions, from the start or resumed.
 */
export const soundRequests: fc.Arbitrary<TestRequest> = fc.oneof(
  callsOf(procedurePaths.query, 1).map(([call]) => toQuery(call ? [call] : [], false)),
  callsOf(procedurePaths.query, 5).map((calls) => toQuery(calls, true)),
  callsOf(procedurePaths.mutation, 1).map(([call]) => toMutation(call ? [call] : [], false)),
  callsOf(procedurePaths.mutation, 5).map((calls) => toMutation(calls, true)),
  fc
    .tuple(callsOf(procedurePaths.subscription, 1), fc.constantFrom(...resumptions))
    .map(([calls, resumption]) => toSubscription(calls, resumption)),
);

function toSubscription(calls: readonly Call[], { parameters = [], headers = {} }: Resumption): TestRequest {
  const request = toQuery(calls, false);
  const query = [...(request.query === "" ? [] : [request.query]), ...parameters].join("&");
  return { ...request, query, headers: { accept: "text/event-stream", ...headers } };
}

function callsOf(paths: readonly string[], maxLength: number): fc.Arbitrary<Call[]> {
  const calls = paths.map((path) => inputsOf(path).map((input) => ({ path, input })));
  return fc.array(fc.oneof(...calls), { minLength: 1, maxLength });
}

function toQuery(calls: readonly Call[], isBatch: boolean): TestRequest {
  const text = toText(calls, isBatch);
  const input = text === undefined ? [] : [`input=${encodeURIComponent(text)}`];
  const query = [...(isBatch ? ["batch=1"] : []), ...input].join("&");
  return { method: "GET", path: toPath(calls), query, headers: {} };
}

function toMutation(calls: readonly Call[], isBatch: boolean): TestRequest {
  const body = toText(calls, isBatch);
  const headers = { "content-type": "application/json" };
  return { method: "POST", path: toPath(calls), query: isBatch ? "batch=1" : "", headers, ...(body && { body }) };
}

function toText(calls: readonly Call[], isBatch: boolean): string | undefined {
  const given = calls.flatMap(({ input }, index) => (input === undefined ? [] : [[index, input]]));
  return JSON.stringify(isBatch ? Object.fromEntries(given) : calls[0]?.input);
}

function toPath(calls: readonly Call[]): string {
  return calls.map(({ path }) => encodeURIComponent(path)).join(",");
}
