import { expect, test } from "vitest";
import { giveRoles } from "../support/administrators.ts";
import { addPasskey } from "../support/passkeys.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, answer, login } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse({ environment: { MFA_REQUIRED_ROLES: "admin" } });

test("a user of a role that requires a second factor can do nothing before it is set up", async () => {
  const server = shared();
  const ada = await registerAccount(server.url);
  const call = (path: string, method = "GET") => rest(server.url, path, { method, token: ada.accessToken });
  expect((await call("/v1/users/me")).status).toBe(200);
  await giveRoles(server, ada.userId, ["admin"]);
  for (const path of ["/v1/users/me", "/v1/users", "/v1/devices", "/v1/auth/sessions", "/v1/auth/api-keys"]) {
    expect([path, (await call(path)).body.code]).toEqual([path, "SECOND_FACTOR_REQUIRED"]);
  }
  expect((await call("/v1/auth/mfa")).body).toEqual({
    factors: [],
    recoveryCodesLeft: 0,
    required: true,
    resetAt: null,
  });
  expect((await call("/v1/auth/status")).status).toBe(200);
  const { code } = await addAuthenticator(server, ada.accessToken);
  expect((await call("/v1/users")).status).toBe(200);
  const { body } = await login(server, ada);
  const signedIn = await answer(server, body.challenge, { code: code() });
  const token = signedIn.body.session.accessToken;
  expect((await rest(server.url, "/v1/users", { token })).status).toBe(200);
});

test("a session from before the role, of an account that has a factor, proves it at the step-up", async () => {
  const server = shared();
  const ada = await registerAccount(server.url);
  const other = await login(server, ada);
  const token = other.body.session.accessToken;
  const { code } = await addAuthenticator(server, ada.accessToken);
  await giveRoles(server, ada.userId, ["admin"]);
  expect((await rest(server.url, "/v1/users", { token })).body.code).toBe("SECOND_FACTOR_REQUIRED");
  expect((await rest(server.url, "/v1/auth/sudo", { token, body: { password: ada.password } })).status).toBe(200);
  expect((await rest(server.url, "/v1/users", { token })).body.code).toBe("SECOND_FACTOR_REQUIRED");
  expect((await rest(server.url, "/v1/auth/sudo", { token, body: { code: code() } })).status).toBe(200);
  expect((await rest(server.url, "/v1/users", { token })).status).toBe(200);
});

test("a passkey will do too: it is added, and then proven at the step-up", async () => {
  const server = shared();
  const ada = await registerAccount(server.url);
  await giveRoles(server, ada.userId, ["admin"]);
  const { authenticator } = await addPasskey(server, ada);
  const call = () => rest(server.url, "/v1/users", { token: ada.accessToken });
  expect((await call()).body.code).toBe("SECOND_FACTOR_REQUIRED");
  const begin = { method: "POST", token: ada.accessToken };
  const { body: options } = await rest(server.url, "/v1/auth/passkeys/sudo/options", begin);
  const body = { passkey: authenticator.get(options) };
  expect((await rest(server.url, "/v1/auth/sudo", { token: ada.accessToken, body })).status).toBe(200);
  expect((await call()).status).toBe(200);
});
