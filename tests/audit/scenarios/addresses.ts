import { makeApiKey } from "../../support/api-keys.ts";
import { linkDevice } from "../../support/devices.ts";
import { changeAddress } from "../../support/links.ts";
import { login } from "../../support/logins.ts";
import { receiveToken } from "../../support/mailbox.ts";
import { rest } from "../../support/rest.ts";
import type { Scenario } from "../scene.ts";
import {
  askForCode,
  byLink,
  deviceOf,
  newDevice,
  newPhone,
  nothing,
  own,
  provePhone,
  register,
  registerOwner,
  sessionOf,
} from "./accounts.ts";

/** Addresses and telephone numbers. */
export const addressScenarios: readonly Scenario[] = [
  {
    procedure: "auth.email.sendVerification",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      return {
        path: "/v1/auth/email/verification",
        token,
        events: () => [own("email.verification_requested", userId)],
      };
    },
  },
  {
    procedure: "auth.email.sendVerification",
    when: "the address is proven",
    async prepare(scene) {
      const { accessToken: token } = await registerOwner(scene);
      return { path: "/v1/auth/email/verification", token, events: nothing };
    },
  },
  {
    procedure: "auth.email.inspect",
    async prepare(scene) {
      const { email } = await register(scene);
      const token = scene.keepSecret(await receiveToken(scene.server, email, "verify-email"));
      return { path: "/v1/auth/email/verify/inspect", body: { token }, events: nothing };
    },
  },
  {
    procedure: "auth.email.verify",
    when: "somebody else registered",
    async prepare(scene) {
      const { server, keepSecret } = scene;
      const account = await register(scene, { givenName: "Mallory", device: newDevice(scene) });
      const { userId, email, accessToken } = account;
      const [session, device] = [await sessionOf(scene, account), await deviceOf(scene, accessToken)];
      const token = keepSecret(await receiveToken(server, email, "verify-email"));
      return {
        path: "/v1/auth/email/verify",
        body: { token, requestedBy: "somebody_else" },
        events: () => [
          byLink("user.email_verified", userId),
          byLink("user.updated", userId),
          byLink("password.removed", userId),
          byLink("session.revoked", userId, session),
          byLink("device.unlinked", userId, device),
        ],
      };
    },
  },
  {
    procedure: "auth.email.verify",
    when: "it is a change of address, by the signed-in user",
    async prepare(scene) {
      const { server, keepSecret } = scene;
      const { userId, accessToken } = await registerOwner(scene);
      const email = `${crypto.randomUUID()}@example.org`;
      await rest(server.url, "/v1/auth/email/change", { token: accessToken, body: { email } });
      const token = keepSecret(await receiveToken(server, email, "confirm-email-change"));
      const events = () => [own("user.email_changed", userId)];
      return { path: "/v1/auth/email/verify", token: accessToken, body: { token, requestedBy: "me" }, events };
    },
  },
  {
    procedure: "auth.email.verify",
    when: "it completes a registration",
    async prepare({ server, verifiedMode, keepSecret }) {
      const email = `${crypto.randomUUID()}@example.com`;
      const password = keepSecret("tolerant gravel nocturne");
      await rest(verifiedMode.url, "/v1/auth/register", { body: { email, password } });
      const token = keepSecret(await receiveToken(server, email, "complete-registration"));
      return {
        server: verifiedMode,
        path: "/v1/auth/email/verify",
        body: { token, requestedBy: "me" },
        async events() {
          const { user } = (await login(verifiedMode.url, { identifier: email, password })).body;
          return [own("user.created", user.id)];
        },
      };
    },
  },
  {
    procedure: "auth.email.change",
    async prepare(scene) {
      const { userId, accessToken: token } = await registerOwner(scene);
      const body = { email: `${crypto.randomUUID()}@example.org` };
      return { path: "/v1/auth/email/change", token, body, events: () => [own("email.change_requested", userId)] };
    },
  },
  {
    procedure: "auth.email.undoChange",
    async prepare(scene) {
      const { server, keepSecret } = scene;
      const owner = await registerOwner(scene);
      const { userId, email, accessToken } = owner;
      const session = await sessionOf(scene, owner);
      const key = await makeApiKey(server.url, owner);
      await linkDevice(server.url, owner, newDevice(scene));
      const device = await deviceOf(scene, accessToken);
      await changeAddress(server, owner);
      await provePhone(scene, owner);
      const token = keepSecret(await receiveToken(server, email, "email-changed"));
      return {
        path: "/v1/auth/email/undo-change",
        body: { token },
        events: () => [
          byLink("user.email_changed", userId),
          byLink("password.removed", userId),
          byLink("session.revoked", userId, session),
          byLink("api_key.revoked", userId, key.id),
          byLink("device.unlinked", userId, device),
          byLink("user.phone_removed", userId),
        ],
      };
    },
  },
];

/** Addresses and telephone numbers. */
export const phoneScenarios: readonly Scenario[] = [
  {
    procedure: "auth.phone.sendCode",
    async prepare(scene) {
      const { userId, accessToken: token } = await register(scene);
      const events = () => [own("phone.code_requested", userId)];
      return { path: "/v1/auth/phone", token, body: { phone: newPhone() }, events };
    },
  },
  {
    procedure: "auth.phone.verify",
    async prepare(scene) {
      const account = await register(scene);
      const code = await askForCode(scene, account);
      const events = () => [own("user.phone_verified", account.userId)];
      return { path: "/v1/auth/phone/verify", token: account.accessToken, body: { code }, events };
    },
  },
];
