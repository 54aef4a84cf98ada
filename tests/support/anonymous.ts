import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { type RestResponse, rest } from "./rest.ts";

/** An anonymous user, in the session that created it. */
export interface AnonymousUser {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs in without credentials. */
export async function signInAnonymously(
  url: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<AnonymousUser> {
  const { status, body } = await rest(url, "/v1/auth/anonymous", { body: fields });
  if (status !== 201) throw new Error(`The sign-in answered ${status}: ${JSON.stringify(body)}`);
  return { userId: body.user.id, accessToken: body.session.accessToken, refreshToken: body.session.refreshToken };
}

/** Asks to make the account a full one; by default with a new address and a password. */
export async function upgrade(
  url: string,
  { accessToken: token }: Pick<AnonymousUser, "accessToken">,
  fields: Readonly<Record<string, unknown>> = {
    email: `${crypto.randomUUID()}@example.com`,
    password: "correct horse battery",
  },
): Promise<RestResponse> {
  return await rest(url, "/v1/auth/anonymous/upgrade", { token, body: fields });
}

/** Takes the identifiers of an account, for tests whose caller is a registered user. */
export async function makeAnonymous({ gatehouse }: TestGatehouse, userId: string): Promise<void> {
  await runSql(
    gatehouse.deps.db,
    `update "user" set anonymous_since = now(), email = null, email_canonical = null, email_verified_at = null,
      username = null, username_canonical = null, username_skeleton = null where public_id = '${userId}'`,
  );
  await runSql(
    gatehouse.deps.db,
    `delete from password where user_id = (select id from "user" where public_id = '${userId}')`,
  );
}
