import { receiveToken } from "../../support/mailbox.ts";
import { newNumber, registerByPhone, waitForRecovery } from "../../support/phone-accounts.ts";
import { rest } from "../../support/rest.ts";
import type { Scenario, Scene } from "../scene.ts";
import { byLink, deviceOf, newDevice, nothing, own, register, sessionOf, signInAgain } from "./accounts.ts";

/** Passwords, and the links that replace them. */
export const passwordScenarios: readonly Scenario[] = [
  {
    procedure: "auth.password.change",
    async prepare(scene) {
      const { userId, password: currentPassword, accessToken: token, ...account } = await register(scene);
      const { id } = await signInAgain(scene, { userId, password: currentPassword, accessToken: token, ...account });
      const newPassword = scene.keepSecret("sandstone lullaby verdict");
      const events = () => [own("password.changed", userId), own("session.revoked", userId, id)];
      return { method: "PUT", path: "/v1/auth/password", token, body: { currentPassword, newPassword }, events };
    },
  },
  {
    procedure: "auth.password.forgot",
    async prepare(scene) {
      const { email } = await register(scene);
      return { path: "/v1/auth/password/forgot", body: { email }, events: nothing };
    },
  },
  {
    procedure: "auth.password.inspect",
    async prepare(scene) {
      const { token } = await askForReset(scene);
      return { path: "/v1/auth/password/reset/inspect", body: { token }, events: nothing };
    },
  },
  {
    procedure: "auth.password.reset",
    async prepare(scene) {
      const { token, session, userId } = await askForReset(scene);
      return {
        path: "/v1/auth/password/reset",
        body: { token, password: scene.keepSecret("sandstone lullaby verdict") },
        events: () => [
          byLink("password.reset", userId),
          byLink("user.email_verified", userId),
          byLink("session.revoked", userId, session),
        ],
      };
    },
  },
  {
    procedure: "auth.password.sendCode",
    async prepare() {
      return { path: "/v1/auth/password/code", body: { phone: newNumber() }, events: nothing };
    },
  },
  {
    procedure: "auth.password.resetByCode",
    async prepare({ server, keepSecret }) {
      const { phone, userId, accessToken } = await registerByPhone(server);
      const session = (await rest(server.url, "/v1/auth/status", { token: accessToken })).body.session.id;
      const { recovery, code } = await waitForRecovery(server, phone);
      return {
        path: "/v1/auth/password/reset/code",
        body: { recovery: keepSecret(recovery), code, password: keepSecret("sandstone lullaby verdict") },
        events: () => [byLink("password.reset", userId), byLink("session.revoked", userId, session)],
      };
    },
  },
  {
    procedure: "auth.magicLink.send",
    async prepare(scene) {
      const { email } = await register(scene);
      return { path: "/v1/auth/magic-link", body: { email }, events: nothing };
    },
  },
  {
    procedure: "auth.magicLink.inspect",
    async prepare(scene) {
      const { server, keepSecret } = scene;
      const { email } = await register(scene);
      await rest(server.url, "/v1/auth/magic-link", { body: { email } });
      const token = keepSecret(await receiveToken(server, email, "magic-link"));
      return { path: "/v1/auth/magic-link/verify/inspect", body: { token }, events: nothing };
    },
  },
  {
    procedure: "auth.magicLink.verify",
    when: "it proves the address for the first time",
    async prepare(scene) {
      const { server, keepSecret } = scene;
      const account = await register(scene);
      const { userId, email } = account;
      const session = await sessionOf(scene, account);
      await rest(server.url, "/v1/auth/magic-link", { body: { email } });
      const token = keepSecret(await receiveToken(server, email, "magic-link"));
      return {
        path: "/v1/auth/magic-link/verify",
        body: { token, device: newDevice(scene) },
        events: async ({ session: started }) => [
          own("session.created", userId, started.id),
          own("device.linked", userId, await deviceOf(scene, started.accessToken)),
          own("user.email_verified", userId),
          own("password.removed", userId),
          own("session.revoked", userId, session),
        ],
      };
    },
  },
];

async function askForReset(scene: Scene) {
  const { server, keepSecret } = scene;
  const account = await register(scene);
  const session = await sessionOf(scene, account);
  await rest(server.url, "/v1/auth/password/forgot", { body: { email: account.email } });
  return { ...account, session, token: keepSecret(await receiveToken(server, account.email, "reset-password")) };
}
