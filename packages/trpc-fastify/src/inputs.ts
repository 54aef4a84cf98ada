import { TRPCError } from "@trpc/server";

/** Inputs by their position in the batch; a single call's is at 0. */
type ParsedInputs = Record<number, unknown>;

/** The inputs of a request's calls. */
export interface Inputs {
  /** Rejects with one `BAD_REQUEST` for every call if the inputs cannot be read. */
  read(index: number): Promise<unknown>;
  /** The inputs that are parsed so far, for error reports, which must not cause parsing. */
  peek(index: number): unknown;
}

interface InputSource {
  /** JSON; undefined if the request has none. */
  readonly text: string | undefined;
  /** The number of calls in the batch; undefined outside of a batch. */
  readonly batchSize: number | undefined;
  readonly transformer: { deserialize(value: unknown): unknown };
}

/** Inputs in JSON. They are parsed once, when the first procedure asks, and an error is kept too. */
export class RequestInputs implements Inputs {
  readonly #source: InputSource;
  #parsing: Promise<ParsedInputs> | undefined;
  #inputs: ParsedInputs | undefined;

  constructor(source: InputSource) {
    this.#source = source;
  }

  async read(index: number): Promise<unknown> {
    this.#parsing ??= parse(this.#source);
    this.#inputs = await this.#parsing;
    return this.#inputs[index];
  }

  peek(index: number): unknown {
    return this.#inputs?.[index];
  }
}

/**
 * Inputs are known only after the caller yields: as in tRPC, a call that is refused at once is reported without one.
 */
async function parse(source: InputSource): Promise<ParsedInputs> {
  try {
    return parseInputs(source);
  } catch (cause) {
    throw toBadRequest(cause);
  }
}

function parseInputs({ text, batchSize, transformer }: InputSource): ParsedInputs {
  if (text === undefined) return {};
  const parsed: unknown = JSON.parse(text);
  if (batchSize === undefined) return { 0: transformer.deserialize(parsed) };
  if (!isRecord(parsed)) {
    throw new TRPCError({ code: "BAD_REQUEST", message: '"input" needs to be an object when doing a batch call' });
  }
  const inputs: ParsedInputs = {};
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
