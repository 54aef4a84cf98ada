import type { AnyTRPCProcedure, AnyTRPCRouter, TRPCProcedureType } from "@trpc/server";

/** The procedures that a request names (null for an unknown one), and their common type. */
export interface FoundProcedures {
  readonly procedures: readonly (AnyTRPCProcedure | null)[];
  readonly type: Exclude<TRPCProcedureType, "subscription"> | "unknown";
}

/**
 * Finds the procedures of the paths. Returns undefined for a subscription, for mixed types, and while a lazy router that may
 * have a named procedure is not loaded.
 */
export function findProcedures(router: AnyTRPCRouter, paths: readonly string[]): FoundProcedures | undefined {
  const procedures: (AnyTRPCProcedure | null)[] = [];
  let type: FoundProcedures["type"] = "unknown";
  for (const path of paths) {
    const procedure = router._def.procedures[path] as AnyTRPCProcedure | undefined;
    if (procedure === undefined) {
      if (hasUnloadedRouters(router)) return undefined;
      procedures.push(null);
      continue;
    }
    const found = procedure._def.type;
    if (found === "subscription" || (type !== "unknown" && type !== found)) return undefined;
    type = found;
    procedures.push(procedure);
  }
  return { procedures, type };
}

/** tRPC removes a lazy router from this record once it is loaded, and adds its procedures to the others. */
function hasUnloadedRouters(router: AnyTRPCRouter): boolean {
  for (const _path in router._def.lazy) return true;
  return false;
}
