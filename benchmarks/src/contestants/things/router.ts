import { initTRPC } from "@trpc/server";
import { z } from "zod";
import type { ProcedureMeta } from "../../../../packages/server/src/rpc/meta.ts";
import { thingKinds, thingPath, thingProcedure } from "./thing.ts";

const t = initTRPC.meta<ProcedureMeta>().create();

const input = () =>
  z.object({
    id: z.string().max(40),
    limit: z.int().min(1).max(100),
    order: z.enum(["newest", "oldest"]),
  });

const output = z.object({ id: z.string(), limit: z.number(), order: z.string() });

function procedureOf(kind: number) {
  return t.procedure
    .meta({ openapi: { method: "GET", path: thingPath(kind), summary: "A thing", tags: ["Things"] } })
    .input(input())
    .output(output)
    .query((call) => call.input);
}

const kinds = Array.from({ length: thingKinds }, (_, index) => index + 1);

/** Sixty procedures that answer with their input, for those who serve them over REST. */
export const thingRouter = t.router(Object.fromEntries(kinds.map((kind) => [thingProcedure(kind), procedureOf(kind)])));
