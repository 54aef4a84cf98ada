import { registerWithRoles } from "../../support/administrators.ts";
import { rest } from "../../support/rest.ts";
import { addAuthenticator, codeOf, login } from "../../support/second-factor.ts";
import type { Scenario, Scene } from "../scene.ts";
import { byLink, deviceOf, newDevice, own, register, registerOwner } from "./accounts.ts";

/** Registers a user with an authenticator app, whose secrets must not be in any event. */
async function registerProtected(scene: Scene) {
  const owner = await registerOwner(scene);
  const app = await addAuthenticator(scene.server, owner.accessToken);
  for (const code of app.recoveryCodes) scene.keepSecret(code);
  return { ...owner, ...app };
}

/** Registers a user who takes codes by mail. */
async function registerWithEmailCodes(scene: Scene) {
  const owner = await registerOwner(scene);
  const request = { method: "POST", token: owner.accessToken };
  const { body } = await rest(scene.server.url, "/v1/auth/mfa/email", request);
  for (const code of body.recoveryCodes) scene.keepSecret(code);
  return owner;
}

/** Lets an operator reset the second factors of the user. */
export async function requestReset({ server }: Scene, userId: string): Promise<void> {
  const { accessToken: token } = await registerWithRoles(server);
  await rest(server.url, `/v1/users/${userId}/second-factors/reset`, { method: "POST", token });
}

/** Second factors, and the sign-ins that take one. */
export const secondFactorScenarios: readonly Scenario[] = [
  {
    procedure: "auth.mfa.totp.enrol",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      return {
        path: "/v1/auth/mfa/totp",
        method: "POST",
        token,
        events({ secret }) {
          scene.keepSecret(secret);
          return [own("second_factor.requested", userId)];
        },
      };
    },
  },
  {
    procedure: "auth.mfa.totp.confirm",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      const { url, clock } = scene.server;
      const { body } = await rest(url, "/v1/auth/mfa/totp", { method: "POST", token });
      return {
        path: "/v1/auth/mfa/totp/confirm",
        token,
        body: { code: codeOf(body.secret, clock) },
        events({ recoveryCodes }) {
          for (const code of recoveryCodes) scene.keepSecret(code);
          return [own("second_factor.added", userId)];
        },
      };
    },
  },
  {
    procedure: "auth.mfa.totp.confirm",
    when: "while a reset of another factor is pending",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      const { url, clock } = scene.server;
      const codes = await rest(url, "/v1/auth/mfa/email", { method: "POST", token });
      for (const code of codes.body.recoveryCodes) scene.keepSecret(code);
      await requestReset(scene, userId);
      const { body } = await rest(url, "/v1/auth/mfa/totp", { method: "POST", token });
      return {
        path: "/v1/auth/mfa/totp/confirm",
        token,
        body: { code: codeOf(scene.keepSecret(body.secret), clock) },
        events: () => [own("user.second_factor_reset_canceled", userId), own("second_factor.added", userId)],
      };
    },
  },
  {
    procedure: "auth.mfa.totp.remove",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerProtected(scene);
      const events = () => [own("second_factor.removed", userId)];
      return { path: "/v1/auth/mfa/totp", method: "DELETE", token, events };
    },
  },
  {
    procedure: "auth.mfa.recoveryCodes",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerProtected(scene);
      return {
        path: "/v1/auth/mfa/recovery-codes",
        method: "POST",
        token,
        events: () => [own("second_factor.recovery_codes_replaced", userId)],
      };
    },
  },
  {
    procedure: "auth.mfa.verify",
    async prepare(scene) {
      const account = await registerProtected(scene);
      const { body } = await login(scene.server, account);
      return {
        path: "/v1/auth/mfa/verify",
        body: { challenge: scene.keepSecret(body.challenge), code: account.code() },
        events: ({ session }) => [own("session.created", account.userId, session.id)],
      };
    },
  },
  {
    procedure: "auth.mfa.verify",
    when: "with a recovery code",
    async prepare(scene) {
      const account = await registerProtected(scene);
      const { body } = await login(scene.server, account);
      const [recoveryCode] = account.recoveryCodes;
      return {
        path: "/v1/auth/mfa/verify",
        body: { challenge: scene.keepSecret(body.challenge), recoveryCode },
        events: ({ session }) => [
          own("second_factor.recovery_code_used", account.userId),
          own("session.created", account.userId, session.id),
        ],
      };
    },
  },
  {
    procedure: "auth.mfa.verify",
    when: "on a device that another user left, with its secret",
    async prepare(scene) {
      const device = newDevice(scene);
      const former = await register(scene, { device });
      const id = await deviceOf(scene, former.accessToken);
      const account = await registerProtected(scene);
      const { body } = await login(scene.server, account, { device });
      return {
        path: "/v1/auth/mfa/verify",
        body: { challenge: scene.keepSecret(body.challenge), code: account.code() },
        events: ({ session }) => [
          own("session.created", account.userId, session.id),
          own("device.linked", account.userId, id),
          { action: "device.unlinked", actor: account.userId, account: former.userId, target: id },
        ],
      };
    },
  },
  {
    procedure: "auth.mfa.verify",
    when: "on a device that is to be trusted, while a reset is pending",
    async prepare(scene) {
      const device = newDevice(scene);
      const account = await registerProtected(scene);
      await requestReset(scene, account.userId);
      const { body } = await login(scene.server, account, { device });
      return {
        path: "/v1/auth/mfa/verify",
        body: { challenge: scene.keepSecret(body.challenge), code: account.code(), trustDevice: true },
        async events({ session }) {
          const id = await deviceOf(scene, session.accessToken);
          return [
            own("user.second_factor_reset_canceled", account.userId),
            own("session.created", account.userId, session.id),
            own("device.linked", account.userId, id),
            own("device.trusted", account.userId, id),
          ];
        },
      };
    },
  },
  {
    procedure: "auth.mfa.email.enable",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      return {
        path: "/v1/auth/mfa/email",
        token,
        events({ recoveryCodes }) {
          for (const code of recoveryCodes) scene.keepSecret(code);
          return [own("second_factor.added", userId)];
        },
      };
    },
  },
  {
    procedure: "auth.mfa.email.disable",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerWithEmailCodes(scene);
      const events = () => [own("second_factor.removed", userId)];
      return { path: "/v1/auth/mfa/email", method: "DELETE", token, events };
    },
  },
  {
    procedure: "auth.mfa.sendCode",
    async prepare(scene) {
      const account = await registerWithEmailCodes(scene);
      const { body } = await login(scene.server, account);
      return {
        path: "/v1/auth/mfa/send-code",
        body: { challenge: scene.keepSecret(body.challenge) },
        events: () => [byLink("second_factor.code_requested", account.userId)],
      };
    },
  },
  {
    procedure: "auth.sudo",
    when: "with a code of an authenticator app, while a reset is pending",
    async prepare(scene) {
      const { userId, accessToken: token, code } = await registerProtected(scene);
      await requestReset(scene, userId);
      const { body } = await rest(scene.server.url, "/v1/auth/status", { token });
      return {
        path: "/v1/auth/sudo",
        token,
        body: { code: code() },
        events: () => [
          own("user.second_factor_reset_canceled", userId),
          own("session.reauthenticated", userId, body.session.id),
        ],
      };
    },
  },
  {
    procedure: "auth.sudo",
    when: "with a recovery code",
    async prepare(scene) {
      const { userId, accessToken: token, recoveryCodes } = await registerProtected(scene);
      const { body } = await rest(scene.server.url, "/v1/auth/status", { token });
      return {
        path: "/v1/auth/sudo",
        token,
        body: { recoveryCode: recoveryCodes[0] },
        events: () => [
          own("second_factor.recovery_code_used", userId),
          own("session.reauthenticated", userId, body.session.id),
        ],
      };
    },
  },
];
