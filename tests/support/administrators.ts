import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { registerProven } from "./links.ts";
import { type Account, registerAccount, rest } from "./rest.ts";

/** Gives a user these roles, as nobody else could on a new server. They hold for the user's sessions once this resolves. */
export async function giveRoles(server: TestGatehouse, userId: string, roles: readonly string[]): Promise<void> {
  const { db, sessionChanges } = server.gatehouse.deps;
  await runSql(db, `update "user" set roles = '{${roles.join(",")}}' where public_id = '${userId}'`);
  const sessions = await db
    .selectFrom("session")
    .innerJoin("user", "user.id", "session.user_id")
    .select("session.public_id")
    .where("user.public_id", "=", userId)
    .execute();
  // As the server's own changes do: a notification of the database comes a moment later.
  sessionChanges.markChanged(sessions.map((session) => session.public_id));
}

/** Registers a user with these roles, by default an administrator. */
export async function registerWithRoles(
  server: TestGatehouse,
  roles: readonly string[] = ["admin"],
  fields: Parameters<typeof registerAccount>[1] = {},
): Promise<Account> {
  const account = await registerAccount(server.url, fields);
  await giveRoles(server, account.userId, roles);
  return account;
}

/** Registers an administrator whose address is proven, so that they can have API keys. */
export async function registerProvenAdmin(server: TestGatehouse): Promise<Account> {
  const account = await registerProven(server);
  await giveRoles(server, account.userId, ["admin"]);
  return account;
}

/** Replaces a user's roles over REST. */
export function setRoles(url: string, by: Pick<Account, "accessToken">, userId: string, roles: readonly string[]) {
  return rest(url, `/v1/users/${userId}/roles`, { method: "PUT", token: by.accessToken, body: { roles } });
}

/** Creates a role over REST. */
export function createRole(
  url: string,
  by: Pick<Account, "accessToken">,
  role: { readonly name: string; readonly permissions: readonly string[] },
) {
  return rest(url, "/v1/roles", { token: by.accessToken, body: role });
}
