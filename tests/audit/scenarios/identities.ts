import { signInAnonymously } from "../../support/anonymous.ts";
import { rest } from "../../support/rest.ts";
import { linkCodeOf, linkIdentity, nativeSignIn } from "../../support/social/native.ts";
import type { Scenario } from "../scene.ts";
import { deviceOf, newDevice, own, register, sessionOf } from "./accounts.ts";

/** Identities at providers. */
export const identityScenarios: readonly Scenario[] = [
  {
    procedure: "auth.social.signIn",
    async prepare(scene) {
      const { provider, idToken, nonce } = await nativeSignIn(scene.server);
      return {
        path: `/v1/auth/social/${provider}`,
        body: { idToken: scene.keepSecret(idToken), nonce, device: newDevice(scene) },
        events: async ({ user, session: { id, accessToken: token } }) => {
          const { body } = await rest(scene.server.url, "/v1/auth/identities", { token });
          return [
            own("user.created", user.id),
            own("identity.linked", user.id, body.items[0].id),
            own("session.created", user.id, id),
            own("device.linked", user.id, await deviceOf(scene, token)),
          ];
        },
      };
    },
  },
  {
    procedure: "auth.social.signIn",
    when: "it proves the address of an account for the first time",
    async prepare(scene) {
      const email = `${crypto.randomUUID()}@gmail.com`;
      const account = await register(scene, { email });
      const { userId } = account;
      const session = await sessionOf(scene, account);
      const { provider, idToken, nonce } = await nativeSignIn(scene.server, { email });
      return {
        path: `/v1/auth/social/${provider}`,
        body: { idToken: scene.keepSecret(idToken), nonce },
        events: async (answer) => {
          const { accessToken: token } = answer.session;
          const { body } = await rest(scene.server.url, "/v1/auth/identities", { token });
          return [
            own("password.removed", userId),
            own("session.revoked", userId, session),
            own("user.email_verified", userId),
            own("identity.linked", userId, body.items[0].id),
            own("session.created", userId, answer.session.id),
          ];
        },
      };
    },
  },
  {
    procedure: "auth.identities.link",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const { code, codeVerifier } = linkCodeOf(scene.server);
      return {
        path: "/v1/auth/identities",
        token,
        body: { code: scene.keepSecret(code), codeVerifier: scene.keepSecret(codeVerifier) },
        events: async () => {
          const { body } = await rest(scene.server.url, "/v1/auth/identities", { token });
          return [own("identity.linked", userId, body.items[0].id)];
        },
      };
    },
  },
  {
    procedure: "auth.identities.link",
    when: "an anonymous account becomes a full one by it",
    async prepare(scene) {
      const { userId, accessToken: token } = await signInAnonymously(scene.server.url);
      const { provider, idToken, nonce } = await nativeSignIn(scene.server);
      return {
        path: "/v1/auth/identities",
        token,
        body: { provider, idToken: scene.keepSecret(idToken), nonce },
        events: async () => {
          const { body } = await rest(scene.server.url, "/v1/auth/identities", { token });
          return [own("identity.linked", userId, body.items[0].id), own("user.created", userId)];
        },
      };
    },
  },
  {
    procedure: "auth.identities.unlink",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const id = await linkIdentity(scene.server, token);
      const events = () => [own("identity.unlinked", userId, id)];
      return { method: "DELETE", path: "/v1/auth/identities/google", token, events };
    },
  },
];
