import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { type Account, rest } from "./rest.ts";

/** The settings of a server where accounts may have a username and no address. */
export const withUsernames = { REGISTRATION_IDENTIFIERS: "email,username" };

/** Leaves an account a username alone, on a server of any settings. */
export async function leaveUsernameOnly({ gatehouse }: TestGatehouse, userId: string): Promise<string> {
  const username = `u${crypto.randomUUID().slice(0, 13)}`;
  const columns = ["username", "username_canonical", "username_skeleton"].map((column) => `${column} = '${username}'`);
  await runSql(
    gatehouse.deps.db,
    `update "user" set ${columns.join(", ")}, email = null, email_canonical = null, email_verified_at = null
      where public_id = '${userId}'`,
  );
  return username;
}

/** A user without an address. */
export interface NamedAccount extends Omit<Account, "email"> {
  readonly username: string;
}

/** Registers a user without an address, by default with a unique username. */
export async function registerByUsername(
  base: string,
  fields: Readonly<Record<string, unknown>> & { readonly username?: string } = {},
): Promise<NamedAccount> {
  const { username = `u${crypto.randomUUID().slice(0, 13)}`, ...others } = fields;
  const password = "correct horse battery";
  const { status, body } = await rest(base, "/v1/auth/register", { body: { username, password, ...others } });
  if (status !== 201) throw new Error(`The registration answered ${status}: ${JSON.stringify(body)}`);
  const { accessToken, refreshToken } = body.session;
  return { username, password, userId: body.user.id, accessToken, refreshToken };
}
