import type { TestGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem } from "../support/links.ts";
import { login } from "../support/logins.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, type RestResponse, rest } from "../support/rest.ts";

/** Prepares the end of the account's session, as far as that leaves it alive, and answers with what ends it. */
type Ending = (server: TestGatehouse, account: Account) => Promise<() => Promise<unknown>>;

const newPassword = "another horse staple";

async function signInAgain({ url }: TestGatehouse, { email, password }: Account): Promise<string> {
  return (await login(url, { identifier: email, password })).body.session.accessToken;
}

/** Fails where the call that must end the session was refused: then nothing ended. */
async function done(answer: Promise<RestResponse>, status = 204): Promise<void> {
  const { status: given, body } = await answer;
  if (given !== status) throw new Error(`Answered ${given}: ${JSON.stringify(body)}`);
}

function change(assignment: string): Ending {
  return async ({ database }, { userId }) =>
    async () =>
      await database?.query(`update "user" set ${assignment} where public_id = $1`, [userId]);
}

/** Every way in which a session ends before its time. */
export const endings: Readonly<Record<string, Ending>> = {
  "a logout":
    async ({ url }, { accessToken: token }) =>
    () =>
      done(rest(url, "/v1/auth/logout", { method: "POST", token })),
  "a logout everywhere": async (server, account) => {
    const token = await signInAgain(server, account);
    return () => done(rest(server.url, "/v1/auth/logout-all", { method: "POST", token }));
  },
  "revoking it from another session": async (server, account) => {
    const token = await signInAgain(server, account);
    const [id] = account.refreshToken.split(".");
    return () => done(rest(server.url, `/v1/auth/sessions/${id}`, { method: "DELETE", token }));
  },
  "another password": async (server, account) => {
    const token = await signInAgain(server, account);
    const body = { currentPassword: account.password, newPassword };
    return () => done(rest(server.url, "/v1/auth/password", { method: "PUT", token, body }));
  },
  "a reset password": async (server, { email }) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    const body = { token: await receiveToken(server, email, "reset-password"), password: newPassword };
    return () => done(rest(server.url, "/v1/auth/password/reset", { body }));
  },
  "a magic link that proves the address": async (server, { email }) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    const body = { token: await receiveToken(server, email, "magic-link") };
    return () => done(rest(server.url, "/v1/auth/magic-link/verify", { body }), 200);
  },
  "a change of address that is undone": async (server, account) => {
    const undo = linkKinds.find(({ name }) => name === "undo-email-change");
    if (undo === undefined) throw new Error("There is no such link");
    const token = await undo.issue(server, account);
    return () => done(redeem(server, undo.redemption, token));
  },
  "a refresh token that comes back": async ({ url }, { refreshToken }) => {
    const refresh = (presented: string) => rest(url, "/v1/auth/refresh", { body: { refreshToken: presented } });
    await refresh((await refresh(refreshToken)).body.session.refreshToken);
    return () => done(refresh(refreshToken), 401);
  },
  "disabling the user": change("status = 'disabled'"),
  "deactivating the user": change("status = 'deactivated'"),
  "deleting the user": change("deleted_at = now()"),
};
