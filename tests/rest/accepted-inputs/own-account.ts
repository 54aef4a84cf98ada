import { makeAnonymous } from "../../support/anonymous.ts";
import { makeApiKey } from "../../support/api-keys.ts";
import { newInstallationId } from "../../support/devices.ts";
import type { TestGatehouse } from "../../support/gatehouse.ts";
import { imageOf } from "../../support/images.ts";
import { codeIn, receive, receiveToken } from "../../support/mailbox.ts";
import { deleteAccount } from "../../support/own-data.ts";
import { addPasskey, askForCreation, askForSignIn, newAuthenticator } from "../../support/passkeys.ts";
import { holdRecovery, holdRegistration } from "../../support/phone-accounts.ts";
import { type Account, rest } from "../../support/rest.ts";
import { addAuthenticator, codeOf, login as passwordLogin, takePasskeys } from "../../support/second-factor.ts";
import { appAddress, codeInAddress, newPkce } from "../../support/sign-in-codes.ts";
import { linkCodeOf, linkIdentity, nativeSignIn } from "../../support/social/native.ts";
import type { AcceptedInputs } from "./caller.ts";

const anyAddress = () => `${crypto.randomUUID()}@example.com`;

let lastPhone = 600_123_000;

/** A Spanish mobile number that nobody has. */
function anyPhone(): string {
  lastPhone += 1;
  return `+34${lastPhone}`;
}

/** For what users do with their own accounts, and strangers without one. */
export const ownAccountInputs: AcceptedInputs = {
  ping: () => undefined,
  "auth.register": () => ({ email: anyAddress(), password: "correct horse battery", birthDate: "1906-12-09" }),
  "auth.confirmRegistration": async (_account, server) => {
    const { registration, code } = await holdRegistration(server);
    return { registration, code };
  },
  "auth.resendRegistrationCode": async (_account, server) => ({
    registration: (await holdRegistration(server)).registration,
  }),
  "auth.anonymous": () => ({ device: { installationId: newInstallationId(), platform: "web" } }),
  "auth.upgrade": async ({ userId }, server) => {
    await makeAnonymous(server, userId);
    return { email: anyAddress(), password: "correct horse battery" };
  },
  "auth.login": ({ email, password }) => ({
    identifier: email,
    password,
    device: { installationId: newInstallationId(), platform: "web" },
  }),
  "auth.token": () => ({ remember: false }),
  "auth.refresh": ({ refreshToken }) => ({ refreshToken, attemptKey: crypto.randomUUID() }),
  "auth.logout": () => undefined,
  "auth.logoutAll": () => undefined,
  "auth.status": () => undefined,
  "auth.sessions.list": () => ({ limit: 1 }),
  "auth.sessions.revoke": async ({ accessToken: token }, server) => ({
    id: (await rest(server.url, "/v1/auth/status", { token })).body.session.id,
  }),
  "auth.createSubscriptionTicket": () => undefined,
  "auth.signInCode.create": ({ refreshToken }) => ({
    redirectTo: appAddress,
    codeChallenge: newPkce().challenge,
    refreshToken,
  }),
  "auth.signInCode.exchange": async ({ accessToken: token, refreshToken }, server) => {
    const { challenge: codeChallenge, verifier: codeVerifier } = newPkce();
    const body = { redirectTo: appAddress, codeChallenge, refreshToken };
    const answer = await rest(server.url, "/v1/auth/sign-in-codes", { token, body });
    return { code: codeInAddress(answer.body.redirectTo), codeVerifier };
  },
  "auth.password.change": ({ password }) => ({ currentPassword: password, newPassword: "another horse staple" }),
  "auth.password.forgot": ({ email }) => ({ email, redirectTo: appAddress }),
  "auth.password.reset": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    return { token: await receiveToken(server, email, "reset-password"), password: "another horse staple" };
  },
  "auth.password.sendCode": () => ({ phone: anyPhone() }),
  "auth.password.resetByCode": async (_account, server) => {
    const { recovery, code } = await holdRecovery(server);
    return { recovery, code, password: "another horse staple" };
  },
  "auth.email.sendVerification": () => ({ redirectTo: appAddress }),
  "auth.email.verify": async ({ email }, server) => ({ token: await receiveToken(server, email, "verify-email") }),
  "auth.password.inspect": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    return { token: await receiveToken(server, email, "reset-password") };
  },
  "auth.email.inspect": async ({ email }, server) => ({ token: await receiveToken(server, email, "verify-email") }),
  "auth.sudo": ({ password }) => ({ password }),
  "auth.mfa.status": () => undefined,
  "auth.mfa.totp.enrol": () => undefined,
  "auth.mfa.totp.confirm": async ({ accessToken: token }, { url, clock }) => {
    const { body } = await rest(url, "/v1/auth/mfa/totp", { method: "POST", token });
    return { code: codeOf(body.secret, clock) };
  },
  "auth.mfa.totp.remove": async ({ accessToken }, server) => {
    await addAuthenticator(server, accessToken);
    return undefined;
  },
  "auth.mfa.recoveryCodes": async ({ accessToken }, server) => {
    await addAuthenticator(server, accessToken);
    return undefined;
  },
  "auth.mfa.email.enable": async (account, server) => {
    await proveAddress(account, server);
    return undefined;
  },
  "auth.mfa.email.disable": async (account, server) => {
    await takeEmailCodes(account, server);
    return undefined;
  },
  "auth.mfa.sendCode": async (account, server) => {
    await takeEmailCodes(account, server);
    return { challenge: (await passwordLogin(server, account)).body.challenge };
  },
  "auth.mfa.passkeys.enable": async (account, server) => {
    await addPasskey(server, account);
    return undefined;
  },
  "auth.mfa.passkeys.disable": async (account, server) => {
    await takePasskeys(server, account);
    return undefined;
  },
  "auth.mfa.passkeyOptions": async (account, server) => {
    await takePasskeys(server, account);
    return { challenge: (await passwordLogin(server, account)).body.challenge };
  },
  "auth.mfa.verify": async (account, server) => {
    const { code } = await addAuthenticator(server, account.accessToken);
    return { challenge: (await passwordLogin(server, account)).body.challenge, code: code() };
  },
  "auth.email.change": () => ({ email: anyAddress() }),
  "auth.email.undoChange": async ({ email, accessToken: token }, server) => {
    const verify = async (to: string, template: string) =>
      rest(server.url, "/v1/auth/email/verify", {
        body: { token: await receiveToken(server, to, template), requestedBy: "me" },
      });
    const another = `${crypto.randomUUID()}@example.org`;
    await verify(email, "verify-email");
    await rest(server.url, "/v1/auth/email/change", { token, body: { email: another } });
    await verify(another, "confirm-email-change");
    return { token: await receiveToken(server, email, "email-changed") };
  },
  "auth.magicLink.send": ({ email }) => ({ email, redirectTo: appAddress }),
  "auth.magicLink.inspect": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    return { token: await receiveToken(server, email, "magic-link") };
  },
  "auth.magicLink.verify": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    return { token: await receiveToken(server, email, "magic-link") };
  },
  "auth.social.signIn": (_caller, server) => nativeSignIn(server),
  "auth.identities.list": () => undefined,
  "auth.identities.link": (_caller, server) => linkCodeOf(server),
  "auth.identities.unlink": async ({ accessToken }, server) => ({
    provider: "google",
    id: await linkIdentity(server, accessToken),
  }),
  "auth.phone.sendCode": () => ({ phone: "600 12 34 56", country: "ES" }),
  "auth.phone.verify": async ({ accessToken: token }, server) => {
    const phone = anyPhone();
    await rest(server.url, "/v1/auth/phone", { token, body: { phone } });
    return { code: codeIn(await receive(server, phone, "phone-code")) };
  },
  "auth.apiKeys.list": () => ({ limit: 1 }),
  "auth.apiKeys.create": async (account, server) => {
    await proveAddress(account, server);
    return { name: "Nightly export", scopes: ["profile:read"] };
  },
  "auth.apiKeys.revoke": async (account, server) => {
    await proveAddress(account, server);
    return { id: (await makeApiKey(server.url, account)).id };
  },
  "auth.passkeys.options": () => undefined,
  "auth.passkeys.create": async (account, server) => ({
    credential: newAuthenticator().create((await askForCreation(server, account)).body),
    name: "Phone",
  }),
  "auth.passkeys.list": () => ({ limit: 1 }),
  "auth.passkeys.update": async (account, server) => ({ id: (await addPasskey(server, account)).id, name: "Phone" }),
  "auth.passkeys.remove": async (account, server) => ({ id: (await addPasskey(server, account)).id }),
  "auth.passkeys.loginOptions": () => undefined,
  "auth.passkeys.login": async (account, server) => {
    const { authenticator } = await addPasskey(server, account);
    return { credential: authenticator.get(await askForSignIn(server)), remember: false };
  },
  "auth.passkeys.sudoOptions": async (account, server) => {
    await addPasskey(server, account);
    return undefined;
  },
  "user.me": () => undefined,
  "auth.securityEvents.list": () => ({ limit: 1 }),
  "user.setAvatar": async () => new Uint8Array(await imageOf()),
  "user.removeAvatar": () => undefined,
  "user.deactivate": () => undefined,
  "user.delete": () => undefined,
  "user.undoDeletion": async (account, server) => {
    await proveAddress(account, server);
    await deleteAccount(server.url, account);
    return { token: await receiveToken(server, account.email, "account-deleted") };
  },
  "user.export": async (account, server) => {
    await proveAddress(account, server);
    return undefined;
  },
  "user.update": () => ({ givenName: "Ada", familyName: null }),
  "device.register": () => ({
    installationId: newInstallationId(),
    platform: "ios",
    pushService: "fcm",
    pushToken: "push",
  }),
  "device.link": () => ({ installationId: newInstallationId(), platform: "android" }),
  "device.update": ({ installationId }) => ({ installationId, name: "Ada's phone", muted: true }),
  "device.list": () => ({ limit: 1 }),
  "device.pushEcho": () => undefined,
  "device.webPushKey": () => undefined,
  "device.unlink": ({ installationId }) => ({ installationId }),
};

async function proveAddress({ email }: Account, server: TestGatehouse): Promise<void> {
  const token = await receiveToken(server, email, "verify-email");
  await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
}

async function takeEmailCodes(account: Account, server: TestGatehouse): Promise<void> {
  await proveAddress(account, server);
  await rest(server.url, "/v1/auth/mfa/email", { method: "POST", token: account.accessToken });
}
