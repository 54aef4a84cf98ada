import type { AnyTRPCRouter } from "@trpc/server";
import { z } from "zod";
import { unwrap } from "../../packages/server/src/http/rest/operation.ts";
import type { ProcedureMeta } from "../../packages/server/src/rpc/meta.ts";

/** A procedure over RPC, with or without a REST address. */
export interface ListedProcedure {
  /** As in `auth.login`. */
  readonly procedure: string;
  readonly type: "query" | "mutation" | "subscription";
  readonly meta: ProcedureMeta;
  /** The input's own fields; none if it takes no object. */
  readonly fields: Readonly<Record<string, z.core.$ZodType>>;
}

const definition = z.looseObject({
  type: z.enum(["query", "mutation", "subscription"]),
  meta: z.custom<ProcedureMeta>().optional(),
  inputs: z.array(z.custom<z.core.$ZodType>((value) => value instanceof z.core.$ZodType)),
});

/** Every procedure of a router, so that tests over these also cover new ones. */
export function listProcedures(router: AnyTRPCRouter): readonly ListedProcedure[] {
  const procedures: Record<string, { readonly _def: unknown }> = router._def.procedures;
  return Object.entries(procedures).map(([procedure, { _def }]) => {
    const { type, meta = {}, inputs } = definition.parse(_def);
    return { procedure, type, meta, fields: Object.assign({}, ...inputs.map(fieldsOf)) };
  });
}

function fieldsOf(input: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  const schema = unwrap(input);
  return schema instanceof z.core.$ZodObject ? schema._zod.def.shape : {};
}
