import type { AnyTRPCRouter } from "@trpc/server";
import type { ProcedureMeta } from "./meta.ts";

/** A `scope-token` of RFC 6749 (3.3), at most 200 characters, that needs no escaping between quotes in a header. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;

/** Lists the scopes of a router's procedures, sorted. Throws for an invalid one, so that the server does not start with it. */
export function listScopes(router: AnyTRPCRouter): readonly string[] {
  const scopes = listNames(router, "scope");
  const wrong = scopes.find((scope) => !scopeToken.test(scope));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not a scope: 1 to 200 ASCII characters but space, " and \\`);
  return scopes;
}

/** Lists the permissions of a router's procedures, sorted. Each is a scope too. */
export function listPermissions(router: AnyTRPCRouter): readonly string[] {
  return listNames(router, "permission");
}

function listNames(router: AnyTRPCRouter, kind: "scope" | "permission"): readonly string[] {
  const procedures: readonly { _def: { meta?: ProcedureMeta } }[] = Object.values(router._def.procedures);
  const names = procedures.map(({ _def }) => _def.meta?.[kind]).filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}
