import { expect, test } from "vitest";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const inspect = (url: string, token: string) => rest(url, "/v1/auth/password/reset/inspect", { body: { token } });

const shared = shareGatehouse();

test("a reset link can be inspected any number of times, and still works once", async () => {
  const server = shared();
  const { email } = await registerAccount(server.url);
  await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  const token = await receiveToken(server, email, "reset-password");
  for (let look = 0; look < 3; look++) {
    const { status, body } = await inspect(server.url, token);
    expect([status, body]).toEqual([200, { email, identifier: email, redirectTo: null }]);
  }
  const body = { token, password: "another horse staple" };
  expect((await rest(server.url, "/v1/auth/password/reset", { body })).status).toBe(204);
  const used = await inspect(server.url, token);
  expect([used.status, used.body.code]).toEqual([400, "PASSWORD_RESET_TOKEN_INVALID"]);
});

test("only a valid reset link shows whose password it resets", async () => {
  const server = shared();
  const { email } = await registerAccount(server.url);
  const other = await receiveToken(server, email, "verify-email");
  await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  const expired = await receiveToken(server, email, "reset-password");
  server.clock.advance(3601);
  for (const token of ["", "A".repeat(43), other, expired]) {
    const { status, body } = await inspect(server.url, token);
    expect([status, body.code]).toEqual([400, "PASSWORD_RESET_TOKEN_INVALID"]);
    expect(JSON.stringify(body)).not.toContain(email);
  }
});
