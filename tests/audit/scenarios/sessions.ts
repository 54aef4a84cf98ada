import { signInAnonymously } from "../../support/anonymous.ts";
import { signOut } from "../../support/devices.ts";
import { holdRegistration } from "../../support/phone-accounts.ts";
import { type Account, rest } from "../../support/rest.ts";
import { appAddress, codeInAddress, newPkce } from "../../support/sign-in-codes.ts";
import type { Scenario, Scene } from "../scene.ts";
import { deviceOf, newDevice, nothing, own, register, sessionOf, signInAgain } from "./accounts.ts";

const signIn = (procedure: "auth.login" | "auth.token"): Scenario => ({
  procedure,
  when: "on a new device",
  async prepare(scene) {
    const { email, password, userId } = await register(scene);
    const device = newDevice(scene);
    const basic = `Basic ${Buffer.from(`${email}:${password}`).toString("base64")}`;
    return {
      ...(procedure === "auth.login"
        ? { path: "/v1/auth/login", body: { identifier: email, password, device } }
        : { path: "/v1/auth/token", body: { device }, headers: { authorization: basic } }),
      events: async ({ session }) => [
        own("session.created", userId, session.id),
        own("device.linked", userId, await deviceOf(scene, session.accessToken)),
      ],
    };
  },
});

async function handedOver({ server }: Scene, { accessToken: token, refreshToken }: Account) {
  const { challenge: codeChallenge, verifier } = newPkce();
  const body = { redirectTo: appAddress, codeChallenge, refreshToken };
  const answer = await rest(server.url, "/v1/auth/sign-in-codes", { token, body });
  return { verifier, code: codeInAddress(answer.body.redirectTo) };
}

/** How sessions begin and end. */
export const sessionScenarios: readonly Scenario[] = [
  {
    procedure: "auth.register",
    async prepare(scene) {
      const email = `${crypto.randomUUID()}@example.com`;
      const password = scene.keepSecret("tolerant gravel nocturne");
      return {
        path: "/v1/auth/register",
        body: { email, password, device: newDevice(scene) },
        events: async ({ user, session }) => [
          own("user.created", user.id),
          own("session.created", user.id, session.id),
          own("device.linked", user.id, await deviceOf(scene, session.accessToken)),
        ],
      };
    },
  },
  {
    procedure: "auth.confirmRegistration",
    async prepare(scene) {
      const { registration, code } = await holdRegistration(scene.server);
      for (const secret of [registration, code]) scene.keepSecret(secret);
      return {
        path: "/v1/auth/register/confirm",
        body: { registration, code, device: newDevice(scene) },
        events: async ({ user, session }) => [
          own("user.created", user.id),
          own("session.created", user.id, session.id),
          own("device.linked", user.id, await deviceOf(scene, session.accessToken)),
        ],
      };
    },
  },
  {
    procedure: "auth.anonymous",
    async prepare(scene) {
      return {
        path: "/v1/auth/anonymous",
        body: { device: newDevice(scene) },
        events: async ({ user, session }) => [
          own("user.anonymous_created", user.id),
          own("session.created", user.id, session.id),
          own("device.linked", user.id, await deviceOf(scene, session.accessToken)),
        ],
      };
    },
  },
  {
    procedure: "auth.resendRegistrationCode",
    async prepare(scene) {
      const { registration } = await holdRegistration(scene.server);
      return {
        path: "/v1/auth/register/resend",
        body: { registration: scene.keepSecret(registration) },
        events: nothing,
      };
    },
  },
  {
    procedure: "auth.upgrade",
    async prepare(scene) {
      const { userId, accessToken: token } = await signInAnonymously(scene.server.url);
      const email = `${crypto.randomUUID()}@example.com`;
      const password = scene.keepSecret("tolerant gravel nocturne");
      const events = () => [own("user.created", userId)];
      return { path: "/v1/auth/anonymous/upgrade", token, body: { email, password }, events };
    },
  },
  signIn("auth.login"),
  signIn("auth.token"),
  {
    procedure: "auth.login",
    when: "on a device that another user left, with its secret",
    async prepare(scene) {
      const device = newDevice(scene);
      const former = await register(scene, { device });
      const id = await deviceOf(scene, former.accessToken);
      const { email: identifier, password, userId } = await register(scene);
      return {
        path: "/v1/auth/login",
        body: { identifier, password, device },
        events: ({ session }) => [
          own("session.created", userId, session.id),
          own("device.linked", userId, id),
          { action: "device.unlinked", actor: userId, account: former.userId, target: id },
        ],
      };
    },
  },
  {
    procedure: "auth.refresh",
    async prepare(scene) {
      const { refreshToken } = await register(scene);
      return { path: "/v1/auth/refresh", body: { refreshToken }, events: nothing };
    },
  },
  {
    procedure: "auth.logout",
    async prepare(scene) {
      const account = await register(scene);
      const session = await sessionOf(scene, account);
      const events = () => [own("session.revoked", account.userId, session)];
      return { path: "/v1/auth/logout", token: account.accessToken, events };
    },
  },
  {
    procedure: "auth.logoutAll",
    async prepare(scene) {
      const account = await register(scene);
      const ids = [await sessionOf(scene, account), (await signInAgain(scene, account)).id];
      const events = () => ids.map((id) => own("session.revoked", account.userId, id));
      return { path: "/v1/auth/logout-all", token: account.accessToken, events };
    },
  },
  {
    procedure: "auth.sessions.revoke",
    async prepare(scene) {
      const account = await register(scene);
      const { id } = await signInAgain(scene, account);
      const events = () => [own("session.revoked", account.userId, id)];
      return { method: "DELETE", path: `/v1/auth/sessions/${id}`, token: account.accessToken, events };
    },
  },
  {
    procedure: "auth.sessions.revoke",
    when: "it had ended before",
    async prepare(scene) {
      const account = await register(scene);
      const { id, accessToken } = await signInAgain(scene, account);
      await signOut(scene.server.url, { accessToken });
      const { accessToken: token } = account;
      return { method: "DELETE", path: `/v1/auth/sessions/${id}`, token, events: nothing };
    },
  },
  {
    procedure: "auth.createSubscriptionTicket",
    async prepare(scene) {
      const { accessToken: token } = await register(scene);
      return { path: "/v1/auth/subscription-tickets", token, events: nothing };
    },
  },
  {
    procedure: "auth.signInCode.create",
    async prepare(scene) {
      const { accessToken: token, refreshToken } = await register(scene);
      const body = { redirectTo: appAddress, codeChallenge: newPkce().challenge, refreshToken };
      return { path: "/v1/auth/sign-in-codes", token, body, events: nothing };
    },
  },
  {
    procedure: "auth.signInCode.exchange",
    async prepare(scene) {
      const account = await register(scene);
      const { verifier, code } = await handedOver(scene, account);
      return {
        path: "/v1/auth/sign-in-codes/exchange",
        body: { code: scene.keepSecret(code), codeVerifier: scene.keepSecret(verifier), device: newDevice(scene) },
        events: async ({ session }) => [
          own("session.created", account.userId, session.id),
          own("device.linked", account.userId, await deviceOf(scene, session.accessToken)),
        ],
      };
    },
  },
  {
    procedure: "auth.sudo",
    async prepare(scene) {
      const account = await register(scene);
      const { password, userId, accessToken: token } = account;
      const session = await sessionOf(scene, account);
      const events = () => [own("session.reauthenticated", userId, session)];
      return { path: "/v1/auth/sudo", token, body: { password }, events };
    },
  },
];
