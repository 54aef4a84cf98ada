import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { newDeviceSecret, newInstallationId } from "../support/devices.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { addPasskey, askForSignIn, removePasskey } from "../support/passkeys.ts";
import { registerAccount, rest } from "../support/rest.ts";
import {
  addAuthenticator,
  answer,
  answerByPasskey,
  login,
  passkeyOptions,
  registerProtected,
  takePasskeys,
} from "../support/second-factor.ts";
import { share, shareGatehouse } from "../support/shared-gatehouse.ts";
import { nativeSignIn } from "../support/social/native.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, signInAppAt, signInAt } from "../support/social/sign-in.ts";

const shared = shareGatehouse();
const social = share(() => startSocial());

/** Registers an account with a proven address and an app. */
async function provenAndProtected() {
  const server = shared();
  const account = await registerProven(server);
  return { server, account, ...(await addAuthenticator(server, account.accessToken)) };
}

describe("a second factor cannot be avoided", () => {
  test("by HTTP Basic", async () => {
    const { server, account } = await provenAndProtected();
    const credentials = Buffer.from(`${account.email}:${account.password}`).toString("base64");
    const headers = { authorization: `Basic ${credentials}` };
    const { body } = await rest(server.url, "/v1/auth/token", { method: "POST", headers });
    expect(body).toMatchObject({ status: "mfa_required", challenge: expect.any(String) });
    expect(body).not.toHaveProperty("session");
  });

  test("by a magic link", async () => {
    const { server, account, code } = await provenAndProtected();
    await rest(server.url, "/v1/auth/magic-link", { body: { email: account.email } });
    const token = await receiveToken(server, account.email, "magic-link");
    const { body } = await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } });
    expect(body).toMatchObject({ status: "mfa_required" });
    const { status } = await answer(server, body.challenge, { code: code() });
    expect(status).toBe(200);
  });

  test("by a magic link at the step-up of a stolen session", async () => {
    const { server, account } = await provenAndProtected();
    await rest(server.url, "/v1/auth/magic-link", { body: { email: account.email } });
    const magicLinkToken = await receiveToken(server, account.email, "magic-link");
    const sudo = await rest(server.url, "/v1/auth/sudo", { token: account.accessToken, body: { magicLinkToken } });
    expect(sudo.body.code).toBe("MAGIC_LINK_INVALID");
  });

  test("by a reset of the password", async () => {
    const { server, account } = await provenAndProtected();
    await rest(server.url, "/v1/auth/password/forgot", { body: { email: account.email } });
    const token = await receiveToken(server, account.email, "reset-password");
    const password = "another horse staple";
    expect((await rest(server.url, "/v1/auth/password/reset", { body: { token, password } })).status).toBe(204);
    const { body } = await login(server, { email: account.email, password });
    expect(body.status).toBe("mfa_required");
  });

  test("by a sign-in at a provider, with tokens in the body or in cookies", async () => {
    const { local, server } = social();
    const person = anybody();
    const first = await signInAppAt(server, { local, person });
    await addAuthenticator(server, first.body.session.accessToken);
    const native = await nativeSignIn(server, { email: person.email });
    expect((await signInAppAt(server, { local, person })).body).not.toHaveProperty("session");
    const { provider, ...credential } = native;
    const { body } = await rest(server.url, `/v1/auth/social/${provider}`, { body: credential });
    expect(body).not.toHaveProperty("session");
    const { cookies, location } = await signInAt(server, { local, person });
    expect(cookies.join()).not.toMatch(/gatehouse-(access|refresh)/);
    expect(new URL(location).pathname).toBe("/sign-in");
  });

  test("by the code of another account, or by its recovery code", async () => {
    const server = shared();
    const [ada, mallory] = [await registerProtected(server), await registerProtected(server)];
    const { body } = await login(server, ada);
    const [recoveryCode = ""] = mallory.recoveryCodes;
    for (const factor of [{ code: mallory.code() }, { recoveryCode }]) {
      expect((await answer(server, body.challenge, factor)).body.code).toBe("SECOND_FACTOR_INVALID");
    }
    const own = await login(server, mallory);
    expect((await answer(server, own.body.challenge, { recoveryCode })).status).toBe(200);
  });

  test("by an app that nobody confirmed", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await rest(server.url, "/v1/auth/mfa/totp", { method: "POST", token: ada.accessToken });
    expect((await login(server, ada)).body.status).toBe("signed_in");
  });

  test("by many answers at once: one code starts one session, and five guesses are five", async () => {
    const server = shared();
    const ada = await registerProtected(server);
    const challenges = await Promise.all(Array.from({ length: 4 }, () => login(server, ada)));
    const code = ada.code();
    const answers = await Promise.all(challenges.map(({ body }) => answer(server, body.challenge, { code })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    server.clock.advance(30);
    const { body } = await login(server, ada);
    const guesses = await Promise.all(Array.from({ length: 12 }, () => answer(server, body.challenge, { code: "1" })));
    const counted = guesses.filter((guess) => guess.body.code === "SECOND_FACTOR_INVALID");
    expect(counted).toHaveLength(5);
  });

  test("by signing in while the app is being confirmed", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const [, ...sessions] = await Promise.all([
      addAuthenticator(server, ada.accessToken),
      ...Array.from({ length: 6 }, () => login(server, ada)),
    ]);
    // A sign-in that was let in came before the confirmation. Afterwards none is let in.
    for (const { body } of sessions) expect(["signed_in", "mfa_required"]).toContain(body.status);
    expect((await login(server, ada)).body.status).toBe("mfa_required");
  });
});

test("what a stranger set up on an unproven account ends with the proof of its address, the app too", async () => {
  const server = shared();
  const stranger = await registerProtected(server);
  await rest(server.url, "/v1/auth/magic-link", { body: { email: stranger.email } });
  const token = await receiveToken(server, stranger.email, "magic-link");
  const { body } = await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } });
  expect(body.status).toBe("signed_in");
  const { body: status } = await rest(server.url, "/v1/auth/mfa", { token: body.session.accessToken });
  expect(status).toMatchObject({ factors: [], recoveryCodesLeft: 0 });
});

describe("a passkey does not complete a sign-in", () => {
  /** An account whose sign-ins take a passkey, and the challenge of one. */
  async function asked() {
    const server = shared();
    const account = await registerAccount(server.url);
    const { id, authenticator } = await takePasskeys(server, account);
    const { challenge } = (await login(server, account)).body as { readonly challenge: string };
    return { server, account, id, authenticator, challenge, options: (await passkeyOptions(server, challenge)).body };
  }

  const codeOf = ({ body }: Awaited<ReturnType<typeof answer>>) => body.code ?? body.status;

  test("of another account", async () => {
    const { server, challenge, options } = await asked();
    const mallory = await asked();
    for (const given of [options, mallory.options]) {
      const passkey = mallory.authenticator.get(given);
      expect(codeOf(await answer(server, challenge, { passkey }))).toBe("PASSKEY_INVALID");
    }
  });

  test("that answers another challenge, of the account or of another kind", async () => {
    const { server, account, authenticator, challenge } = await asked();
    const other = (await login(server, account)).body.challenge;
    const token = account.accessToken;
    const stepUp = await rest(server.url, "/v1/auth/passkeys/sudo/options", { method: "POST", token });
    for (const given of [(await passkeyOptions(server, other)).body, await askForSignIn(server), stepUp.body]) {
      const passkey = authenticator.get(given);
      expect(codeOf(await answer(server, challenge, { passkey }))).toBe("PASSKEY_INVALID");
    }
  });

  test("in the place of a first factor", async () => {
    const { server, authenticator, options } = await asked();
    const credential = authenticator.get(options);
    const { body } = await rest(server.url, "/v1/auth/passkeys/login", { body: { credential } });
    expect(body.code).toBe("PASSKEY_INVALID");
  });

  test("a second time", async () => {
    const { server, authenticator, challenge, options } = await asked();
    const passkey = authenticator.get(options);
    expect(codeOf(await answer(server, challenge, { passkey }))).toBe("signed_in");
    expect(codeOf(await answer(server, challenge, { passkey }))).toBe("MFA_CHALLENGE_INVALID");
  });

  test("that was removed meanwhile", async () => {
    const { server, account, id, authenticator, challenge, options } = await asked();
    await addPasskey(server, account);
    expect((await removePasskey(server, account, id)).status).toBe(204);
    const passkey = authenticator.get(options);
    expect(codeOf(await answer(server, challenge, { passkey }))).toBe("PASSKEY_INVALID");
  });

  test("of a disabled account", async () => {
    const { server, account, authenticator, challenge, options } = await asked();
    const { accessToken: token } = await registerWithRoles(server);
    await rest(server.url, `/v1/users/${account.userId}/disable`, { token, body: { reason: "stolen" } });
    const passkey = authenticator.get(options);
    expect(codeOf(await answer(server, challenge, { passkey }))).toBe("ACCOUNT_DISABLED");
  });

  test("of a page or a signature that is not right, and not after five such answers", async () => {
    const { server, authenticator, challenge } = await asked();
    const deviations = [
      { origin: "https://evil.example" },
      { tamper: true },
      { rpId: "evil.example" },
      { crossOrigin: true },
      { userPresent: false },
    ];
    for (const deviation of deviations) {
      const refused = await answerByPasskey(server, challenge, { authenticator, ...deviation });
      expect([deviation, codeOf(refused)]).toEqual([deviation, "PASSKEY_INVALID"]);
    }
    expect(codeOf(await answerByPasskey(server, challenge, { authenticator }))).toBe("MFA_CHALLENGE_INVALID");
  });

  test("more than once, of many answers at once", async () => {
    const { server, account, authenticator, challenge, options } = await asked();
    const same = authenticator.get(options);
    const others = Array.from({ length: 2 }, () => authenticator.get(options));
    const passkeys = [same, same, ...others];
    const answers = await Promise.all(passkeys.map((passkey) => answer(server, challenge, { passkey })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const next = await Promise.all(Array.from({ length: 3 }, () => login(server, account)));
    const [first] = next;
    const passkey = authenticator.get((await passkeyOptions(server, first?.body.challenge)).body);
    const crossed = await Promise.all(next.map(({ body }) => answer(server, body.challenge, { passkey })));
    expect(crossed.map(codeOf).toSorted()).toEqual(["PASSKEY_INVALID", "PASSKEY_INVALID", "signed_in"]);
  });
});

describe("a trusted device does not let in", () => {
  /** An account that trusts a device. */
  async function trusting() {
    const server = shared();
    const ada = await registerProtected(server);
    const device = { installationId: newInstallationId(), platform: "ios", deviceSecret: newDeviceSecret() };
    const asked = await login(server, ada, { device });
    const trusted = await answer(server, asked.body.challenge, { code: ada.code(), trustDevice: true });
    expect(trusted.body.deviceTrustedUntil).not.toBeNull();
    return { server, ada, device, session: trusted.body.session };
  }

  test("somebody who knows its installation and not its secret", async () => {
    const { server, ada, device } = await trusting();
    const { deviceSecret: _secret, ...unproven } = device;
    for (const named of [unproven, { ...device, deviceSecret: newDeviceSecret() }]) {
      expect((await login(server, ada, { device: named })).body.status).toBe("mfa_required");
    }
  });

  test("another user with a second factor, even by its secret", async () => {
    const { server, device } = await trusting();
    const mallory = await registerProtected(server);
    expect((await login(server, mallory, { device })).body.status).toBe("mfa_required");
  });

  test("a stranger who puts a secret on a device that has none", async () => {
    const server = shared();
    const ada = await registerProtected(server);
    const device = { installationId: newInstallationId(), platform: "ios" };
    const asked = await login(server, ada, { device });
    await answer(server, asked.body.challenge, { code: ada.code(), trustDevice: true });
    const named = { ...device, deviceSecret: newDeviceSecret() };
    expect((await login(server, ada, { device: named })).body.status).toBe("mfa_required");
  });

  test("anybody with the old password, or past the end of its trust by a call at the same time", async () => {
    const { server, ada, device, session } = await trusting();
    const calls = await Promise.all([
      rest(server.url, "/v1/auth/logout-all", { method: "POST", token: session.accessToken }),
      ...Array.from({ length: 8 }, () => login(server, ada, { device })),
    ]);
    expect(calls.every(({ status }) => status === 200 || status === 204)).toBe(true);
    expect((await login(server, ada, { device })).body.status).toBe("mfa_required");
    expect((await login(server, { ...ada, password: "some other words here" }, { device })).status).toBe(401);
  });
});
