import type { ManagedUser, OperatorScope } from "@gatehouse/server/operator";
import { CommandError } from "../command-error.ts";
import { toSecond } from "../text.ts";

/** The argument that names an account. */
export const accountArgument = { summary: "id, address, username or telephone number with its country code" } as const;

/** Finds the account that the operator named, deleted or not. Throws `CommandError`. */
export async function findAccount({ deps, services }: OperatorScope, identifier: string): Promise<ManagedUser> {
  const found = await services.administration.findManagedUser(deps, identifier);
  if (found !== undefined) return found;
  throw new CommandError(
    `No account has the id, address, username or telephone number "${identifier}". "gatehouse user find <text>" searches accounts.`,
  );
}

/** Finds an account that is not deleted, as only that can be changed. Throws `CommandError`. */
export async function findChangeable(scope: OperatorScope, identifier: string): Promise<ManagedUser> {
  const user = await findAccount(scope, identifier);
  if (user.deletedAt === null) return user;
  throw new CommandError(
    `${shortNameOf(user)} was deleted at ${toSecond(user.deletedAt)}. Restore it first: "gatehouse user restore ${user.id}".`,
  );
}

/** Throws `CommandError` for an address that an account has, with what to do about that account. */
export async function assertFree(
  { deps, services }: OperatorScope,
  { email, roles }: { readonly email: string | undefined; readonly roles: readonly string[] },
): Promise<void> {
  const holder = email === undefined ? undefined : await services.administration.findManagedUser(deps, email);
  if (holder === undefined) return;
  if (holder.deletedAt !== null) {
    throw new CommandError(
      `${nameOf(holder)} was deleted, and its address stays taken until it is erased. Restore it: "gatehouse user restore ${holder.id}".`,
    );
  }
  const missing = roles.filter((role) => !holder.roles.includes(role));
  const toDo = [
    ...missing.map((role) => `Give it the role: "gatehouse role grant ${role} ${holder.email}".`),
    ...(holder.status === "active"
      ? []
      : [`It is ${holder.status}. Enable it: "gatehouse user enable ${holder.email}".`]),
  ];
  throw new CommandError([`${nameOf(holder)} has an account already.`, ...toDo].join(" "));
}

/** The state of an account in one word. */
export function stateOf({ status, deletedAt }: Pick<ManagedUser, "status" | "deletedAt">): string {
  return deletedAt === null ? status : "deleted";
}

/** What names an account. */
type Named = Pick<ManagedUser, "email" | "username" | "phone" | "id">;

/** Names an account by its address, or by its username or number if it has none. */
function shortNameOf({ email, username, phone, id }: Named): string {
  return email ?? username ?? phone ?? id;
}

/** Names an account in a sentence. */
export function nameOf(user: Named): string {
  return `${shortNameOf(user)} (${user.id})`;
}

/** Says which roles a user has after a change of them. */
export function describeHolder(user: Named & Pick<ManagedUser, "roles">): string {
  return `${nameOf(user)} has ${user.roles.length === 0 ? "no role besides user" : user.roles.join(", ")}.`;
}
