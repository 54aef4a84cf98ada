import { registerWithRoles } from "../../support/administrators.ts";
import { addPasskey, askForCreation, askForSignIn, newAuthenticator } from "../../support/passkeys.ts";
import { rest } from "../../support/rest.ts";
import type { Scenario, Scene } from "../scene.ts";
import { deviceOf, newDevice, nothing, own, register, registerOwner, sessionOf } from "./accounts.ts";

/** A user with a passkey. */
async function preparePasskey(scene: Scene) {
  const owner = await registerOwner(scene);
  const { id, authenticator } = await addPasskey(scene.server, owner);
  return { id, authenticator, userId: owner.userId, token: owner.accessToken };
}

/** Passkeys. */
export const passkeyScenarios: readonly Scenario[] = [
  {
    procedure: "auth.passkeys.options",
    async prepare(scene) {
      const { accessToken: token } = await register(scene);
      return { path: "/v1/auth/passkeys/options", token, events: nothing };
    },
  },
  {
    procedure: "auth.passkeys.create",
    async prepare(scene) {
      const owner = await register(scene);
      const credential = newAuthenticator().create((await askForCreation(scene.server, owner)).body);
      return {
        path: "/v1/auth/passkeys",
        token: owner.accessToken,
        body: { credential, name: "Phone" },
        events: ({ id }) => [own("passkey.added", owner.userId, id)],
      };
    },
  },
  {
    procedure: "auth.passkeys.update",
    async prepare(scene) {
      const { id, token, userId } = await preparePasskey(scene);
      const events = () => [own("passkey.renamed", userId, id)];
      return { method: "PATCH", path: `/v1/auth/passkeys/${id}`, token, body: { name: "Phone" }, events };
    },
  },
  {
    procedure: "auth.passkeys.remove",
    async prepare(scene) {
      const { id, token, userId } = await preparePasskey(scene);
      const events = () => [own("passkey.removed", userId, id)];
      return { method: "DELETE", path: `/v1/auth/passkeys/${id}`, token, events };
    },
  },
  {
    procedure: "auth.passkeys.loginOptions",
    async prepare() {
      return { path: "/v1/auth/passkeys/login/options", events: nothing };
    },
  },
  {
    procedure: "auth.passkeys.login",
    when: "on a device that another user left, with its secret",
    async prepare(scene) {
      const device = newDevice(scene);
      const former = await register(scene, { device });
      const deviceId = await deviceOf(scene, former.accessToken);
      const { authenticator, userId } = await preparePasskey(scene);
      return {
        path: "/v1/auth/passkeys/login",
        body: { credential: authenticator.get(await askForSignIn(scene.server)), device },
        events: ({ session }) => [
          own("session.created", userId, session.id),
          own("device.linked", userId, deviceId),
          { action: "device.unlinked", actor: userId, account: former.userId, target: deviceId },
        ],
      };
    },
  },
  {
    procedure: "auth.passkeys.login",
    when: "with a copy of a passkey that may have several",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      const authenticator = newAuthenticator({ isSynced: true });
      const { id } = await addPasskey(scene.server, owner, { authenticator });
      const signIn = async (counter: number) => ({
        credential: authenticator.get(await askForSignIn(scene.server), { counter }),
      });
      await rest(scene.server.url, "/v1/auth/passkeys/login", { body: await signIn(7) });
      return {
        path: "/v1/auth/passkeys/login",
        body: await signIn(3),
        events: ({ session }) => [
          own("session.created", owner.userId, session.id),
          own("passkey.counter_regressed", owner.userId, id),
        ],
      };
    },
  },
  {
    procedure: "auth.passkeys.sudoOptions",
    async prepare(scene) {
      const { token } = await preparePasskey(scene);
      return { path: "/v1/auth/passkeys/sudo/options", token, events: nothing };
    },
  },
  {
    procedure: "auth.sudo",
    when: "by a copy of a passkey that may have several",
    async prepare(scene) {
      const owner = await registerOwner(scene);
      const { url } = scene.server;
      const authenticator = newAuthenticator({ isSynced: true });
      const { id } = await addPasskey(scene.server, owner, { authenticator });
      const { accessToken: token } = owner;
      const prove = async (counter: number) => {
        const options = await rest(url, "/v1/auth/passkeys/sudo/options", { method: "POST", token });
        return { passkey: authenticator.get(options.body, { counter }) };
      };
      await rest(url, "/v1/auth/sudo", { token, body: await prove(7) });
      const session = await sessionOf(scene, owner);
      return {
        path: "/v1/auth/sudo",
        token,
        body: await prove(3),
        events: () => [
          own("session.reauthenticated", owner.userId, session),
          own("passkey.counter_regressed", owner.userId, id),
        ],
      };
    },
  },
  {
    procedure: "user.removePasskey",
    async prepare(scene) {
      const { id, userId } = await preparePasskey(scene);
      const { userId: actor, accessToken: token } = await registerWithRoles(scene.server);
      const events = () => [{ action: "passkey.removed", actor, account: userId, target: id }];
      return { method: "DELETE", path: `/v1/users/${userId}/passkeys/${id}`, token, events };
    },
  },
];
