import { type AnyTRPCProcedure, type AnyTRPCRouter, TRPCError } from "@trpc/server";
import { z } from "zod";

/**
 * The largest input, in values, for which every mistake is reported; for a larger one, only the first is. A schema takes
 * microseconds for each mistake, and one value can have many: an empty object lacks all its fields.
 */
const maxValuesToldInFull = 200;

/** The parts of a procedure that tRPC's public types hide. */
interface Definition {
  readonly inputs: readonly unknown[];
  readonly middlewares: Middleware[];
}

interface Middleware {
  (options: MiddlewareOptions): Promise<unknown>;
  /** tRPC's mark on the middleware of an `.input()`. */
  readonly _type?: string;
}

interface MiddlewareOptions {
  readonly input: unknown;
  readonly getRawInput: () => Promise<unknown>;
  readonly next: (overrides: { readonly input: unknown }) => Promise<unknown>;
}

/**
 * Bounds the time that the router's procedures take for an invalid input: an input with thousands of mistakes takes no longer
 * than a valid one. Replaces the middleware of each `.input()` with a zod schema, as tRPC's own lists every mistake and writes
 * it as text. Returns the same router.
 */
export function boundErrors<Router extends AnyTRPCRouter>(router: Router): Router {
  const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
  for (const { _def } of Object.values(procedures)) boundErrorsOf(_def as unknown as Definition);
  return router;
}

function boundErrorsOf({ inputs, middlewares }: Definition): void {
  const schemas = [...inputs];
  for (const [index, { _type }] of middlewares.entries()) {
    const schema = _type === "input" ? schemas.shift() : undefined;
    if (schema instanceof z.ZodType) middlewares[index] = inputMiddleware(schema);
  }
}

/** Returns a middleware that differs from tRPC's in its errors only. If there are several inputs, each adds its fields. */
function inputMiddleware(schema: z.ZodType): Middleware {
  const read: Middleware = async ({ input, getRawInput, next }) => {
    const parsed = await parse(schema, await getRawInput());
    return next({ input: isRecord(input) && isRecord(parsed) ? { ...input, ...parsed } : parsed });
  };
  return Object.assign(read, { _type: "input" });
}

async function parse(schema: z.ZodType, raw: unknown): Promise<unknown> {
  const { success, data, error } = await schema.safeParseAsync(raw, firstErrorOnly);
  if (success) return data;
  const cause = isToldInFull(raw) ? ((await schema.safeParseAsync(raw)).error ?? error) : error;
  throw new TRPCError({ code: "BAD_REQUEST", message: "The input is not valid", cause });
}

/** An option that zod's own `validate` sets, but that zod's types omit. */
const firstErrorOnly = { abortEarly: true } as z.core.ParseContext<z.core.$ZodIssue>;

function isToldInFull(raw: unknown): boolean {
  return countUpTo(maxValuesToldInFull + 1, raw) <= maxValuesToldInFull;
}

/** Counts the values of a document that has passed {@link assertBounded}, up to `most`. */
function countUpTo(most: number, value: unknown): number {
  let count = 1;
  if (typeof value !== "object" || value === null) return count;
  for (const member of Array.isArray(value) ? value : Object.values(value)) {
    count += countUpTo(most - count, member);
    if (count >= most) return count;
  }
  return count;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
