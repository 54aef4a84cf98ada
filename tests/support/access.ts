import type { ListedProcedure } from "./procedures.ts";

/** The callers of docs/permissions.md, in the order of its columns; a key has exactly the scope that the call requires. */
export const callers = ["nobody", "user", "support", "admin", "key of a user", "key of an admin"] as const;

/** A caller of docs/permissions.md. */
export type CallerKind = (typeof callers)[number];

/** Roles with their permissions, as a new server has them. */
type Roles = Readonly<Record<"user" | "support" | "admin", readonly string[]>>;

/** Whether the caller may make the call, by what the procedure declares. */
export function isAdmitted({ meta }: Pick<ListedProcedure, "meta">, caller: CallerKind, roles: Roles): boolean {
  if (meta.security !== "bearer") return true;
  if (caller === "nobody") return false;
  const isKey = caller.startsWith("key");
  if (isKey && meta.scope === undefined) return false;
  const role = caller.endsWith("admin") ? "admin" : caller === "support" ? "support" : "user";
  const { permission } = meta;
  return permission === undefined || roles[role].includes("*") || roles[role].includes(permission);
}

/** What a call requires, in words. */
export function requirementOf({ meta }: Pick<ListedProcedure, "meta">): string {
  if (meta.security === "basic") return "HTTP Basic";
  if (meta.security !== "bearer") return "nothing";
  const proof = meta.stepUp === undefined ? [] : ["a recent proof"];
  if (meta.permission !== undefined) return [`\`${meta.permission}\``, ...proof].join(" and ");
  return proof[0] ?? "a session";
}
