import { expect, test } from "vitest";
import { registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, answer, login, registerProtected, signInWithCode } from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

test("an app is set up by its secret, its address and a QR code, and gives ten recovery codes", async () => {
  const { url, clock } = shared();
  const { accessToken: token, email } = await registerAccount(url);
  const enrolled = await rest(url, "/v1/auth/mfa/totp", { method: "POST", token });
  expect(enrolled.body).toEqual({
    secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    uri: expect.stringContaining(encodeURIComponent(email)),
    qrSvg: expect.stringMatching(/^<svg [\s\S]*<\/svg>$/),
  });
  const { recoveryCodes } = await addAuthenticator({ url, clock }, token);
  expect(new Set(recoveryCodes).size).toBe(10);
  for (const code of recoveryCodes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
  const { body: status } = await rest(url, "/v1/auth/mfa", { token });
  expect(status).toEqual({ factors: ["totp"], recoveryCodesLeft: 10, required: false, resetAt: null });
});

test("a sign-in then takes the password and a code, and reaches level 2", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const asked = await login(server, ada);
  expect(asked).toMatchObject({ status: 200, body: { status: "mfa_required", methods: ["totp", "recovery_code"] } });
  expect(JSON.stringify(asked.body)).not.toContain("accessToken");
  const { status, body } = await answer(server, asked.body.challenge, { code: ada.code() });
  expect([status, body.status, body.user.id]).toEqual([200, "signed_in", ada.userId]);
  const { body: current } = await rest(server.url, "/v1/auth/status", { token: body.session.accessToken });
  expect(current.session).toMatchObject({ methods: ["pwd", "otp"], aal: 2 });
});

test("the session has the lifetime and the device that the first step named", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const device = { installationId: crypto.randomUUID(), platform: "ios", name: "Ada's telephone" };
  const asked = await login(server, ada, { remember: false, device });
  const { body } = await answer(server, asked.body.challenge, { code: ada.code() });
  expect(body.deviceStatus).toBe("linked");
  const { body: sessions } = await rest(server.url, "/v1/auth/sessions", { token: body.session.accessToken });
  expect(sessions.items[0]).toMatchObject({ remembered: false, device: { name: "Ada's telephone" }, current: true });
});

test("a code works once, and so does a challenge", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const [first, second] = [await login(server, ada), await login(server, ada)];
  const code = ada.code();
  expect((await answer(server, first.body.challenge, { code })).status).toBe(200);
  expect((await answer(server, second.body.challenge, { code })).body.code).toBe("SECOND_FACTOR_INVALID");
  server.clock.advance(30);
  const again = await answer(server, first.body.challenge, { code: ada.code() });
  expect(again.body.code).toBe("MFA_CHALLENGE_INVALID");
  expect((await answer(server, second.body.challenge, { code: ada.code() })).status).toBe(200);
});

test("codes of the step before and after are accepted, and no others", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  for (const [seconds, status] of [
    [-90, 400],
    [90, 400],
    [30, 200],
  ] as const) {
    const { body } = await login(server, ada);
    server.clock.advance(seconds);
    const code = ada.code();
    server.clock.advance(-seconds);
    expect((await answer(server, body.challenge, { code })).status).toBe(status);
  }
});

test("a challenge is answered within five minutes and five guesses", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const late = await login(server, ada);
  server.clock.advance(300);
  expect((await answer(server, late.body.challenge, { code: ada.code() })).body.code).toBe("MFA_CHALLENGE_INVALID");
  const guessed = await login(server, ada);
  for (let guess = 0; guess < 5; guess++) {
    expect((await answer(server, guessed.body.challenge, { code: "000000" })).body.code).toBe("SECOND_FACTOR_INVALID");
  }
  const right = await answer(server, guessed.body.challenge, { code: ada.code() });
  expect(right.body.code).toBe("MFA_CHALLENGE_INVALID");
});

test("a recovery code replaces the app once, however it is typed", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const [recoveryCode = ""] = ada.recoveryCodes;
  const { body: first } = await login(server, ada);
  const typed = recoveryCode.toLowerCase().replaceAll("-", " ");
  const signedIn = await answer(server, first.challenge, { recoveryCode: typed });
  expect(signedIn.status).toBe(200);
  const token = signedIn.body.session.accessToken;
  expect((await rest(server.url, "/v1/auth/mfa", { token })).body.recoveryCodesLeft).toBe(9);
  const { body: second } = await login(server, ada);
  expect((await answer(server, second.challenge, { recoveryCode })).body.code).toBe("SECOND_FACTOR_INVALID");
  const { body: replaced } = await rest(server.url, "/v1/auth/mfa/recovery-codes", { method: "POST", token });
  const [, earlier = ""] = ada.recoveryCodes;
  expect((await answer(server, second.challenge, { recoveryCode: earlier })).body.code).toBe("SECOND_FACTOR_INVALID");
  const [renewed] = replaced.recoveryCodes;
  expect((await answer(server, second.challenge, { recoveryCode: renewed })).status).toBe(200);
});

test("a replaced password ends the challenge of the old one", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const { body } = await login(server, ada);
  const newPassword = "another horse staple";
  const change = { method: "PUT", token: ada.accessToken, body: { currentPassword: ada.password, newPassword } };
  expect((await rest(server.url, "/v1/auth/password", change)).status).toBe(204);
  expect((await answer(server, body.challenge, { code: ada.code() })).body.code).toBe("MFA_CHALLENGE_INVALID");
});

test("without the app, the password alone is enough again", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const removal = { method: "DELETE", token: ada.accessToken };
  expect((await rest(server.url, "/v1/auth/mfa/totp", removal)).status).toBe(204);
  expect((await rest(server.url, "/v1/auth/mfa/totp", removal)).body.code).toBe("SECOND_FACTOR_MISSING");
  expect((await login(server, ada)).body.status).toBe("signed_in");
  const { body: status } = await rest(server.url, "/v1/auth/mfa", { token: ada.accessToken });
  expect(status).toEqual({ factors: [], recoveryCodesLeft: 0, required: false, resetAt: null });
});

test("cookies come with the answer to the challenge, and not before", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const origin = "http://gatehouse.test";
  const body = { identifier: ada.email, password: ada.password, transport: "cookie" };
  const asked = await rest(server.url, "/v1/auth/login", { body, headers: { origin } });
  expect([asked.body.status, asked.headers.getSetCookie()]).toEqual(["mfa_required", []]);
  const signedIn = await rest(server.url, "/v1/auth/mfa/verify", {
    body: { challenge: asked.body.challenge, code: ada.code(), transport: "cookie" },
    headers: { origin },
  });
  expect(signedIn.body.session).not.toHaveProperty("refreshToken");
  expect(signedIn.headers.getSetCookie().length).toBeGreaterThan(0);
});

test("a code proves again who calls, for sensitive calls", async () => {
  const server = shared();
  const ada = await registerProtected(server);
  const { body } = await signInWithCode(server, ada);
  const token = body.session.accessToken;
  server.clock.advance(1200);
  const { body: refreshed } = await rest(server.url, "/v1/auth/refresh", {
    body: { refreshToken: body.session.refreshToken },
  });
  const renewed = refreshed.session.accessToken;
  expect(token).not.toBe(renewed);
  const refused = await rest(server.url, "/v1/auth/mfa/recovery-codes", { method: "POST", token: renewed });
  expect(refused.body).toMatchObject({ code: "STEP_UP_REQUIRED", methods: ["pwd", "otp"] });
  const proven = await rest(server.url, "/v1/auth/sudo", { token: renewed, body: { code: ada.code() } });
  expect(proven.status).toBe(200);
  const codes = await rest(server.url, "/v1/auth/mfa/recovery-codes", { method: "POST", token: renewed });
  expect(codes.status).toBe(200);
});
