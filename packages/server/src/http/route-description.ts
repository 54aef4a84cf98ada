import type { AnyTRPCRouter } from "@trpc/server";
import type { CallLimit } from "../limits/call-limit.ts";
import type { LimitSettings } from "../limits/config.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";
import { listOperations, type Operation } from "./rest/operation.ts";

/** A procedure as operators see it: its addresses and who may call it. */
export interface RouteDescription {
  /** Its name, which is also its address under `/rpc`. */
  readonly procedure: string;
  readonly type: "query" | "mutation" | "subscription";
  /** `null` if it can be called over RPC only. */
  readonly rest: { readonly method: string; readonly path: string } | null;
  /** How the caller signs in. */
  readonly security: "none" | "bearer" | "basic";
  /** The permission that a role of the caller must have; `null` if any caller may call. */
  readonly permission: string | null;
  /** Whether the caller must have proved their identity recently. */
  readonly needsStepUp: boolean;
  /** The scope with which an API key may call; `null` if none may. */
  readonly scope: string | null;
  readonly limits: readonly LimitDescription[];
  readonly deprecation: { readonly since: string; readonly sunset?: string; readonly successor?: string } | null;
}

/** A limit as it is configured. */
export interface LimitDescription {
  /** Procedures with a limit of the same name share its count. */
  readonly name: string;
  readonly per: CallLimit["per"];
  /** `null` for no limit. */
  readonly max: number | null;
  readonly windowSeconds: number;
}

/**
 * Describes every procedure of a router with these settings, in the router's order. The limit on all calls of an address is
 * left out, since it holds for each of them. Throws for a procedure with which a server would not start.
 */
export function describeRoutes(router: AnyTRPCRouter, settings: LimitSettings): readonly RouteDescription[] {
  const operations = new Map(listOperations(router).map((operation) => [operation.procedure, operation]));
  const procedures: Readonly<Record<string, Procedure>> = router._def.procedures;
  return Object.entries(procedures).map(([name, { _def }]) => {
    return {
      procedure: name,
      type: _def.type,
      ...describe(_def.meta ?? {}, settings),
      ...restOf(operations.get(name)),
    };
  });
}

/** The part of tRPC's definition of a procedure that is described. */
interface Procedure {
  readonly _def: { readonly type: RouteDescription["type"]; readonly meta?: ProcedureMeta };
}

function restOf(operation: Operation | undefined): Pick<RouteDescription, "rest"> {
  if (operation === undefined) return { rest: null };
  const { method, path } = operation.rest;
  return { rest: { method, path } };
}

function describe(meta: ProcedureMeta, settings: LimitSettings) {
  return {
    security: meta.security ?? "none",
    permission: meta.permission ?? null,
    needsStepUp: meta.stepUp === "required",
    scope: meta.scope ?? null,
    limits: (meta.limits ?? []).map((limit) => describeLimit(limit, settings)),
    deprecation: meta.deprecation ?? null,
  };
}

function describeLimit({ name, per, max, windowSeconds }: CallLimit, settings: LimitSettings): LimitDescription {
  const most = typeof max === "number" ? max : max(settings);
  return { name, per, max: most === 0 ? null : most, windowSeconds };
}
