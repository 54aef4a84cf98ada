import { registerWithRoles } from "../../support/administrators.ts";
import { addPasskey, askForSignIn, newAuthenticator } from "../../support/passkeys.ts";
import { rest } from "../../support/rest.ts";
import { login, passkeyOptions, takePasskeys } from "../../support/second-factor.ts";
import type { Scenario, Scene } from "../scene.ts";
import { nothing, own, registerOwner } from "./accounts.ts";
import { requestReset } from "./second-factors.ts";

/** Registers a user whose sign-ins take a passkey. */
async function registerWithPasskey(scene: Scene, authenticator = newAuthenticator()) {
  const owner = await registerOwner(scene);
  const { id, recoveryCodes } = await takePasskeys(scene.server, owner, authenticator);
  for (const code of recoveryCodes) scene.keepSecret(code);
  return { ...owner, passkeyId: id, authenticator };
}

/** Passkeys as a second factor. */
export const passkeyFactorScenarios: readonly Scenario[] = [
  {
    procedure: "auth.mfa.passkeys.enable",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      await addPasskey(scene.server, owner);
      return {
        path: "/v1/auth/mfa/passkeys",
        method: "POST",
        token: owner.accessToken,
        events({ recoveryCodes }) {
          for (const code of recoveryCodes) scene.keepSecret(code);
          return [own("second_factor.added", owner.userId)];
        },
      };
    },
  },
  {
    procedure: "auth.mfa.passkeys.disable",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerWithPasskey(scene);
      const events = () => [own("second_factor.removed", userId)];
      return { path: "/v1/auth/mfa/passkeys", method: "DELETE", token, events };
    },
  },
  {
    procedure: "auth.mfa.passkeyOptions",
    async prepare(scene) {
      const account = await registerWithPasskey(scene);
      const { body } = await login(scene.server, account);
      const challenge = scene.keepSecret(body.challenge);
      return { path: "/v1/auth/mfa/passkey/options", body: { challenge }, events: nothing };
    },
  },
  {
    procedure: "auth.mfa.verify",
    when: "with a copy of a passkey that may have several",
    async prepare(scene) {
      const account = await registerWithPasskey(scene, newAuthenticator({ isSynced: true }));
      const answerWith = async (counter: number) => {
        const { challenge } = (await login(scene.server, account)).body;
        const options = await passkeyOptions(scene.server, scene.keepSecret(challenge));
        return { challenge, passkey: account.authenticator.get(options.body, { counter }) };
      };
      await rest(scene.server.url, "/v1/auth/mfa/verify", { body: await answerWith(7) });
      return {
        path: "/v1/auth/mfa/verify",
        body: await answerWith(3),
        events: ({ session }) => [
          own("session.created", account.userId, session.id),
          own("passkey.counter_regressed", account.userId, account.passkeyId),
        ],
      };
    },
  },
  {
    procedure: "auth.passkeys.login",
    when: "while a reset is pending",
    async prepare(scene) {
      const { userId, authenticator } = await registerWithPasskey(scene);
      await requestReset(scene, userId);
      return {
        path: "/v1/auth/passkeys/login",
        body: { credential: authenticator.get(await askForSignIn(scene.server)) },
        events: ({ session }) => [
          own("user.second_factor_reset_canceled", userId),
          own("session.created", userId, session.id),
        ],
      };
    },
  },
  {
    procedure: "auth.passkeys.remove",
    when: "the last one, where sign-ins took a passkey",
    async prepare(scene) {
      const { userId, accessToken: token, passkeyId } = await registerWithPasskey(scene);
      const events = () => [own("passkey.removed", userId, passkeyId), own("second_factor.removed", userId)];
      return { method: "DELETE", path: `/v1/auth/passkeys/${passkeyId}`, token, events };
    },
  },
  {
    procedure: "user.removePasskey",
    when: "the last one, where sign-ins took a passkey",
    async prepare(scene) {
      const { userId, passkeyId } = await registerWithPasskey(scene);
      const { userId: actor, accessToken: token } = await registerWithRoles(scene.server);
      const removed = { actor, account: userId };
      const events = () => [
        { ...removed, action: "passkey.removed", target: passkeyId },
        { ...removed, action: "second_factor.removed", target: userId },
      ];
      return { method: "DELETE", path: `/v1/users/${userId}/passkeys/${passkeyId}`, token, events };
    },
  },
];
