import { type AnyTRPCProcedure, getTRPCErrorFromUnknown, initTRPC, TRPCError } from "@trpc/server";
import { middlewareMarker } from "@trpc/server/unstable-core-do-not-import";

/** The options of a procedure's call. */
export interface ProcedureCall {
  readonly path: string;
  readonly getRawInput: () => Promise<unknown>;
  readonly ctx: unknown;
  readonly type: AnyTRPCProcedure["_def"]["type"];
  readonly signal: AbortSignal | undefined;
  readonly batchIndex: number;
}

/**
 * Calls a procedure as tRPC would: same middlewares, same arguments, same result or error.
 *
 * tRPC's own function makes three copies of its options for each middleware, property by property, which is most of what
 * a call costs. A procedure that something has wrapped is called as it is.
 */
export function callProcedure(procedure: AnyTRPCProcedure, call: ProcedureCall): Promise<unknown> {
  return isPlain(procedure) ? callPlain(procedure._def, call) : procedure(call);
}

type MiddlewareResult =
  | { readonly ok: true; readonly data: unknown; readonly marker: typeof middlewareMarker }
  | { readonly ok: false; readonly error: TRPCError; readonly marker: typeof middlewareMarker };

/** The parts of a procedure that tRPC's public types hide. */
interface Definition {
  readonly meta: unknown;
  readonly middlewares: readonly Middleware[];
}

type Middleware = (options: MiddlewareOptions) => Promise<MiddlewareResult | undefined>;

interface MiddlewareOptions extends ProcedureCall {
  readonly meta: unknown;
  readonly input: unknown;
  readonly next: (overrides?: Overrides) => Promise<MiddlewareResult | undefined>;
}

/** The values that a middleware may change for the next ones. */
interface Overrides {
  readonly ctx?: object | undefined;
  readonly input?: unknown;
  readonly getRawInput?: ProcedureCall["getRawInput"] | null;
}

async function callPlain(definition: Definition, call: ProcedureCall): Promise<unknown> {
  const result = await runFrom(0, definition, { call, ctx: call.ctx, input: undefined, getRawInput: call.getRawInput });
  if (!result) {
    throw new TRPCError({
      code: "INTERNAL_SERVER_ERROR",
      message: "No result from middlewares - did you forget to `return next()`?",
    });
  }
  if (!result.ok) throw result.error;
  return result.data;
}

/** The call as the middlewares so far have made it. */
interface Progress {
  readonly call: ProcedureCall;
  readonly ctx: unknown;
  readonly input: unknown;
  readonly getRawInput: ProcedureCall["getRawInput"];
}

async function runFrom(
  index: number,
  definition: Definition,
  progress: Progress,
): Promise<MiddlewareResult | undefined> {
  const { call, ctx, input, getRawInput } = progress;
  try {
    // As with tRPC, a missing next middleware fails the call.
    const middleware = definition.middlewares[index] as Middleware;
    return await middleware({
      path: call.path,
      getRawInput,
      ctx,
      type: call.type,
      signal: call.signal,
      batchIndex: call.batchIndex,
      meta: definition.meta,
      input,
      next: (overrides) => runFrom(index + 1, definition, overrides ? override(progress, overrides) : progress),
    });
  } catch (cause) {
    return { ok: false, error: getTRPCErrorFromUnknown(cause), marker: middlewareMarker };
  }
}

function override(progress: Progress, overrides: Overrides): Progress {
  const { call, ctx, input, getRawInput } = progress;
  return {
    call,
    ctx: overrides.ctx ? { ...(ctx as object | undefined), ...overrides.ctx } : ctx,
    input: "input" in overrides ? overrides.input : input,
    getRawInput: overrides.getRawInput ?? getRawInput,
  };
}

type PlainProcedure = AnyTRPCProcedure & { readonly _def: Definition };

/** Whether a procedure is unchanged since tRPC made it; checked once for each. */
const known = new WeakMap<AnyTRPCProcedure, boolean>();

function isPlain(procedure: AnyTRPCProcedure): procedure is PlainProcedure {
  let isPlain = known.get(procedure);
  if (isPlain === undefined) {
    isPlain = String(procedure) === textOfPlainProcedure() && "middlewares" in procedure._def;
    known.set(procedure, isPlain);
  }
  return isPlain;
}

/** The source of the function that tRPC makes for every procedure without a caller of its own. */
function textOfPlainProcedure(): string {
  return String(initTRPC.create().procedure.query(() => undefined));
}
