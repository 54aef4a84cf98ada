import { TRPCError } from "@trpc/server";

/** Inputs by their position in the batch; a single call's is at 0. */
type Inputs = Record<number, unknown>;

interface InputSource {
  /** JSON, or undefined where the request carries none. */
  readonly text: string | undefined;
  /** How many calls the batch makes; undefined outside of a batch. */
  readonly batchSize: number | undefined;
  readonly transformer: { deserialize(value: unknown): unknown };
}

/** The inputs of a request's calls: parsed when the first procedure asks, and once, failure included. */
export class RequestInputs {
  readonly #source: InputSource;
  #parsing: Promise<Inputs> | undefined;
  #inputs: Inputs | undefined;

  constructor(source: InputSource) {
    this.#source = source;
  }

  /** Rejects with a `BAD_REQUEST` where the inputs cannot be read: the same error for every call. */
  async read(index: number): Promise<unknown> {
    this.#parsing ??= parse(this.#source);
    this.#inputs = await this.#parsing;
    return this.#inputs[index];
  }

  /** What is known so far, for error reports: they must not cause any parsing themselves. */
  peek(index: number): unknown {
    return this.#inputs?.[index];
  }
}

/** Not before the caller yields are inputs known: a call that is refused at once is reported without one, as by tRPC. */
async function parse(source: InputSource): Promise<Inputs> {
  try {
    return parseInputs(source);
  } catch (cause) {
    throw toBadRequest(cause);
  }
}

function parseInputs({ text, batchSize, transformer }: InputSource): Inputs {
  if (text === undefined) return {};
  const parsed: unknown = JSON.parse(text);
  if (batchSize === undefined) return { 0: transformer.deserialize(parsed) };
  if (!isRecord(parsed)) {
    throw new TRPCError({ code: "BAD_REQUEST", message: '"input" needs to be an object when doing a batch call' });
  }
  const inputs: Inputs = {};
  for (let index = 0; index < batchSize; index++) {
    const input = parsed[index];
    if (input !== undefined) inputs[index] = transformer.deserialize(input);
  }
  return inputs;
}

function isRecord(value: unknown): value is Record<number, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toBadRequest(cause: unknown): TRPCError {
  if (cause instanceof TRPCError) return cause;
  return new TRPCError({
    code: "BAD_REQUEST",
    message: cause instanceof Error ? cause.message : "Invalid input",
    cause,
  });
}
