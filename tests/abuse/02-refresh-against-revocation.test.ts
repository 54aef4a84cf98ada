import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const rounds = 10;
const refreshesAtOnce = 4;

/** What ends sessions today; each must win over refreshes that run at the same time. */
const revocations: Record<string, (server: TestGatehouse, account: Account) => Promise<unknown>> = {
  "a logout": (server, { accessToken }) => rest(server.url, "/v1/auth/logout", { method: "POST", token: accessToken }),
  "a logout everywhere": (server, { accessToken }) =>
    rest(server.url, "/v1/auth/logout-all", { method: "POST", token: accessToken }),
  "its revocation from another session": async (server, { email, password, refreshToken }) => {
    const other = await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
    const [id] = refreshToken.split(".");
    const token = other.body.session.accessToken;
    await rest(server.url, `/v1/auth/sessions/${id}`, { method: "DELETE", token });
  },
  "a changed password, in the sessions that are not its own": async (server, { email, password }) => {
    const login = await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
    const body = { currentPassword: password, newPassword: "another horse staple" };
    await rest(server.url, "/v1/auth/password", { method: "PUT", token: login.body.session.accessToken, body });
  },
  "a password that is reset": async (server, { email }) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    const token = await receiveToken(server, email, "reset-password");
    await rest(server.url, "/v1/auth/password/reset", { body: { token, password: "another horse staple" } });
  },
  "disabling the user": async (server, { userId }) =>
    await server.database?.query(`update "user" set status = 'disabled' where public_id = $1`, [userId]),
  "deleting the user": async (server, { userId }) =>
    await server.database?.query(`update "user" set deleted_at = now() where public_id = $1`, [userId]),
};

describe.skipIf(postgresUnreachable)("row 2: a refresh racing a revocation (keycloak#51312)", () => {
  const shared = shareGatehouse();

  test.each(Object.entries(revocations))("leaves no live token after %s", async (_name, revoke) => {
    const server = shared();
    for (let round = 0; round < rounds; round += 1) {
      const account = await registerAccount(server.url);
      const refresh = () => rest(server.url, "/v1/auth/refresh", { body: { refreshToken: account.refreshToken } });
      const [refreshed] = await Promise.all([
        Promise.all(Array.from({ length: refreshesAtOnce }, refresh)),
        revoke(server, account),
      ]);
      for (const { body } of refreshed.filter(({ status }) => status === 200)) {
        const { accessToken, refreshToken } = body.session;
        expect((await rest(server.url, "/v1/users/me", { token: accessToken })).status).toBe(401);
        expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } })).status).toBe(401);
      }
    }
  });

  test("leaves no session to a login with the old password that races its reset", async () => {
    const server = shared();
    for (let round = 0; round < rounds; round += 1) {
      const { email, password } = await registerAccount(server.url);
      await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
      const token = await receiveToken(server, email, "reset-password");
      const login = () => rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
      const [answers] = await Promise.all([
        Promise.all([login(), login(), login()]),
        rest(server.url, "/v1/auth/password/reset", { body: { token, password: "another horse staple" } }),
      ]);
      for (const { body } of answers.filter(({ status }) => status === 200)) {
        expect((await rest(server.url, "/v1/users/me", { token: body.session.accessToken })).status).toBe(401);
      }
    }
  });

  test("leaves no session to a login that races the disabling of its user", async () => {
    const server = shared();
    for (let round = 0; round < rounds; round += 1) {
      const { email, password, userId } = await registerAccount(server.url);
      const login = () => rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
      const [answers] = await Promise.all([
        Promise.all([login(), login()]),
        server.database?.query(`update "user" set status = 'disabled' where public_id = $1`, [userId]),
      ]);
      for (const { body } of answers.filter(({ status }) => status === 200)) {
        expect((await rest(server.url, "/v1/users/me", { token: body.session.accessToken })).status).toBe(401);
      }
    }
  });
});
