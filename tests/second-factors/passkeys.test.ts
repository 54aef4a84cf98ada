import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { registerWithRoles } from "../support/administrators.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { changeAddress, registerProven } from "../support/links.ts";
import { receive, receiveToken } from "../support/mailbox.ts";
import { addPasskey, newAuthenticator, removePasskey, signInWith } from "../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import {
  addAuthenticator,
  answer,
  answerByPasskey,
  login,
  passkeyOptions,
  registerProtected,
  takePasskeys,
} from "../support/second-factor.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

const factorsOf = async ({ url }: TestGatehouse, { accessToken: token }: Pick<Account, "accessToken">) =>
  (await rest(url, "/v1/auth/mfa", { token })).body;

/** Registers an account with a proven address, whose sign-ins take a passkey. */
async function registerWithPasskey() {
  const server = shared();
  const account = await registerProven(server);
  return { server, account, ...(await takePasskeys(server, account)) };
}

describe("a sign-in is completed by a passkey", () => {
  test.each([
    ["that stays on its device, and verifies nobody", false, false, ["pwd", "hwk", "user"]],
    ["that stays on its device, and verifies its user", false, true, ["pwd", "hwk", "mfa"]],
    ["that may be copied", true, true, ["pwd", "swk", "mfa"]],
  ])("%s, and its session says so", async (_name, isSynced, userVerified, methods) => {
    const server = shared();
    const authenticator = newAuthenticator({ isSynced });
    const account = await registerAccount(server.url);
    await takePasskeys(server, account, authenticator);
    const asked = await login(server, account);
    expect(asked.body).toMatchObject({ status: "mfa_required", methods: ["passkey", "recovery_code"] });
    const options = await passkeyOptions(server, asked.body.challenge);
    const [{ id }] = options.body.allowCredentials;
    expect(options.body).toMatchObject({ rpId: "gatehouse.test", userVerification: "preferred" });
    expect(id).toBe(authenticator.passkeys[0]?.id.toString("base64url"));
    const signedIn = await answerByPasskey(server, asked.body.challenge, {
      authenticator,
      userVerified,
      userHandle: null,
    });
    expect([signedIn.status, signedIn.body.status]).toEqual([200, "signed_in"]);
    const { body } = await rest(server.url, "/v1/auth/status", { token: signedIn.body.session.accessToken });
    expect(body.session).toMatchObject({ methods, aal: 2 });
  });

  test("that the account has, although an app made the factor necessary", async () => {
    const server = shared();
    const ada = await registerProtected(server);
    const { authenticator } = await addPasskey(server, ada);
    const { body } = await login(server, ada);
    expect(body.methods).toEqual(["totp", "passkey", "recovery_code"]);
    expect((await answerByPasskey(server, body.challenge, { authenticator })).status).toBe(200);
  });

  test("after a link by mail, too", async () => {
    const { server, account, authenticator } = await registerWithPasskey();
    await rest(server.url, "/v1/auth/magic-link", { body: { email: account.email } });
    const token = await receiveToken(server, account.email, "magic-link");
    const { body } = await rest(server.url, "/v1/auth/magic-link/verify", { body: { token } });
    expect(body).toMatchObject({ status: "mfa_required", methods: ["passkey", "recovery_code"] });
    expect((await answerByPasskey(server, body.challenge, { authenticator })).status).toBe(200);
  });
});

describe("users decide whether their sign-ins take a passkey", () => {
  test("a passkey alone changes nothing for the password, until it is enabled and after it is disabled", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada);
    expect((await login(server, ada)).body.status).toBe("signed_in");
    const request = { method: "POST", token: ada.accessToken };
    const enabled = await rest(server.url, "/v1/auth/mfa/passkeys", request);
    expect([enabled.status, enabled.body.recoveryCodes.length]).toEqual([200, 10]);
    expect(await factorsOf(server, ada)).toEqual({
      factors: ["passkey"],
      recoveryCodesLeft: 10,
      required: false,
      resetAt: null,
    });
    expect((await receive(server, ada.email, "second-factor-changed")).text).toContain("added");
    const { body } = await login(server, ada);
    const [recoveryCode] = enabled.body.recoveryCodes;
    expect((await answer(server, body.challenge, { recoveryCode })).status).toBe(200);
    expect((await signInWith(server, authenticator)).body.status).toBe("signed_in");
    const disabled = await rest(server.url, "/v1/auth/mfa/passkeys", { ...request, method: "DELETE" });
    expect(disabled.status).toBe(204);
    expect(await factorsOf(server, ada)).toEqual({ factors: [], recoveryCodesLeft: 0, required: false, resetAt: null });
    expect((await login(server, ada)).body.status).toBe("signed_in");
    expect((await signInWith(server, authenticator)).status).toBe(200);
  });

  test("another factor keeps its recovery codes, and stays when passkeys end", async () => {
    const server = shared();
    const ada = await registerProtected(server);
    const { recoveryCodes } = await takePasskeys(server, ada);
    expect(recoveryCodes).toEqual([]);
    expect(await factorsOf(server, ada)).toMatchObject({ factors: ["totp", "passkey"], recoveryCodesLeft: 10 });
    await rest(server.url, "/v1/auth/mfa/passkeys", { method: "DELETE", token: ada.accessToken });
    expect(await factorsOf(server, ada)).toMatchObject({ factors: ["totp"], recoveryCodesLeft: 10 });
  });

  test("enabling is refused without a passkey and a second time, disabling where nothing is enabled", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const send = async (method: string) => {
      const { body } = await rest(server.url, "/v1/auth/mfa/passkeys", { method, token: ada.accessToken });
      return body.code;
    };
    expect([await send("POST"), await send("DELETE")]).toEqual(["SECOND_FACTOR_MISSING", "SECOND_FACTOR_MISSING"]);
    await takePasskeys(server, ada);
    expect(await send("POST")).toBe("SECOND_FACTOR_EXISTS");
  });

  test("a session proves the factor at a step-up, where its role requires one", async () => {
    const { server, account, authenticator } = await registerWithPasskey();
    const { accessToken: token } = account;
    const options = await rest(server.url, "/v1/auth/passkeys/sudo/options", { method: "POST", token });
    const body = { passkey: authenticator.get(options.body) };
    expect((await rest(server.url, "/v1/auth/sudo", { token, body })).status).toBe(200);
    const status = await rest(server.url, "/v1/auth/status", { token });
    expect(status.body.session).toMatchObject({ methods: ["pwd", "hwk", "mfa"], aal: 2 });
  });
});

type Registered = Awaited<ReturnType<typeof registerWithPasskey>>;

const removals: ReadonlyArray<readonly [string, (registered: Registered) => Promise<unknown>]> = [
  ["its owner", ({ server, account, id }) => removePasskey(server, account, id)],
  [
    "an operator",
    async ({ server, account, id }) => {
      const { accessToken: token } = await registerWithRoles(server);
      await rest(server.url, `/v1/users/${account.userId}/passkeys/${id}`, { method: "DELETE", token });
    },
  ],
];

describe("the factor ends with the last passkey", () => {
  test.each(removals)("that %s removes, and the owner is told", async (_name, remove) => {
    const registered = await registerWithPasskey();
    const { server, account } = registered;
    const added = await receive(server, account.email, "second-factor-changed");
    await remove(registered);
    expect(await factorsOf(server, account)).toEqual({
      factors: [],
      recoveryCodesLeft: 0,
      required: false,
      resetAt: null,
    });
    expect((await login(server, account)).body.status).toBe("signed_in");
    await receive(server, account.email, "passkey-removed");
    await expect
      .poll(async () => (await receive(server, account.email, "second-factor-changed")).id)
      .not.toBe(added.id);
  });

  test("and not by the link that undoes a change of address, which also ends the passkeys", async () => {
    const { server, account, recoveryCodes } = await registerWithPasskey();
    await changeAddress(server, account);
    const token = await receiveToken(server, account.email, "email-changed");
    expect((await rest(server.url, "/v1/auth/email/undo-change", { body: { token } })).status).toBe(204);
    const reset = {
      token: await receiveToken(server, account.email, "reset-password"),
      password: "another horse staple",
    };
    expect((await rest(server.url, "/v1/auth/password/reset", { body: reset })).status).toBe(204);
    const asked = await login(server, { ...account, password: reset.password });
    expect(asked.body).toMatchObject({ status: "mfa_required", methods: ["recovery_code"] });
    const { body } = await answer(server, asked.body.challenge, { recoveryCode: recoveryCodes[0] });
    const ofOwner = { method: "DELETE", token: body.session.accessToken };
    expect((await rest(server.url, "/v1/auth/mfa/passkeys", ofOwner)).status).toBe(204);
    expect((await login(server, { ...account, password: reset.password })).body.status).toBe("signed_in");
  });

  test("and not with one of two", async () => {
    const { server, account, id } = await registerWithPasskey();
    const other = await addPasskey(server, account);
    await removePasskey(server, account, id);
    const { body } = await login(server, account);
    expect((await answerByPasskey(server, body.challenge, other)).status).toBe(200);
    expect(await factorsOf(server, account)).toMatchObject({ factors: ["passkey"] });
  });
});

describe("an operator's reset is stopped by a passkey", () => {
  async function requestReset({ server, account }: Pick<Registered, "server" | "account">) {
    const { accessToken: token } = await registerWithRoles(server);
    const path = `/v1/users/${account.userId}/second-factors/reset`;
    expect((await rest(server.url, path, { method: "POST", token })).status).toBe(202);
    return async () => (await rest(server.url, `/v1/users/${account.userId}`, { token })).body.secondFactorResetAt;
  }

  test("as a second factor", async () => {
    const registered = await registerWithPasskey();
    const { server, account, authenticator } = registered;
    const pending = await requestReset(registered);
    const { body } = await login(server, account);
    expect(await pending()).toEqual(expect.any(String));
    await answerByPasskey(server, body.challenge, { authenticator });
    expect(await pending()).toBeNull();
  });

  test("at a sign-in by the passkey alone, also where the factor is an app", async () => {
    const server = shared();
    const account = await registerProven(server);
    await addAuthenticator(server, account.accessToken);
    const { authenticator } = await addPasskey(server, account);
    const pending = await requestReset({ server, account });
    expect((await signInWith(server, authenticator, { tamper: true })).status).toBe(401);
    expect(await pending()).toEqual(expect.any(String));
    expect((await signInWith(server, authenticator)).status).toBe(200);
    expect(await pending()).toBeNull();
  });
});

test("a copied passkey is refused, recorded, and reported to the owner", async () => {
  const { server, account, authenticator } = await registerWithPasskey();
  const first = await login(server, account);
  await answerByPasskey(server, first.body.challenge, { authenticator, counter: 7 });
  const { body } = await login(server, account);
  const refused = await answerByPasskey(server, body.challenge, { authenticator, counter: 6 });
  expect([refused.status, refused.body.code]).toEqual([401, "PASSKEY_INVALID"]);
  const { rows } = await runSql(
    server.gatehouse.deps.db,
    `select personal -> 'details' ->> 'outcome' as outcome from audit_event
      where account_id = '${account.userId}' and action = 'passkey.counter_regressed'`,
  );
  expect(rows).toEqual([{ outcome: "refused" }]);
  await receive(server, account.email, "passkey-refused");
  expect((await answerByPasskey(server, body.challenge, { authenticator, counter: 8 })).status).toBe(200);
});

test("options are for a challenge that can be answered, of an account with passkeys", async () => {
  const server = shared();
  expect((await passkeyOptions(server, "q3N0")).body.code).toBe("MFA_CHALLENGE_INVALID");
  const { body } = await login(server, await registerProtected(server));
  expect(body.methods).toEqual(["totp", "recovery_code"]);
  expect((await passkeyOptions(server, body.challenge)).body.code).toBe("SECOND_FACTOR_NOT_OFFERED");
  server.clock.advance(600);
  expect((await passkeyOptions(server, body.challenge)).body.code).toBe("MFA_CHALLENGE_INVALID");
});
