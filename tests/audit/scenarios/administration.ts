import { giveRoles, registerWithRoles } from "../../support/administrators.ts";
import { rest } from "../../support/rest.ts";
import { addAuthenticator } from "../../support/second-factor.ts";
import { leaveUsernameOnly } from "../../support/usernames.ts";
import type { Scenario, Scene } from "../scene.ts";
import { nothing, own, register, sessionOf } from "./accounts.ts";

const newRole = () => `role-${crypto.randomUUID().slice(0, 8)}`;

/** A role that exists, and an administrator. */
async function prepareRole({ server }: Scene) {
  const { userId, accessToken: token } = await registerWithRoles(server);
  const name = newRole();
  await rest(server.url, "/v1/roles", { token, body: { name, permissions: [] } });
  return { name, token, userId };
}

const byAdmin = (action: string, actor: string, target: string) => [{ action, actor, account: null, target }];

/** An account, and an administrator who is about to change it; with what the events of that look like. */
async function prepareAccount(scene: Scene) {
  const { userId: adminId, accessToken: token } = await registerWithRoles(scene.server);
  const account = await register(scene);
  const { userId } = account;
  const path = `/v1/users/${userId}`;
  const byOperator = (action: string, target = userId) => ({ action, actor: adminId, account: userId, target });
  const call = (suffix: string, body?: object) =>
    rest(scene.server.url, `${path}${suffix}`, { method: "POST", token, ...(body === undefined ? {} : { body }) });
  return { account, adminId, token, userId, path, byOperator, call };
}

/** Sets up an app, whose codes must not be in any event. */
async function protect({ server, keepSecret }: Scene, { accessToken }: { readonly accessToken: string }) {
  const { recoveryCodes } = await addAuthenticator(server, accessToken);
  for (const code of recoveryCodes) keepSecret(code);
}

const because = { reason: "Sent spam" };

/** What operators do with accounts. */
export const userScenarios: readonly Scenario[] = [
  {
    procedure: "user.create",
    async prepare(scene) {
      const { userId: actor, accessToken: token } = await registerWithRoles(scene.server);
      const body = { email: `${crypto.randomUUID()}@example.com` };
      const events = ({ id }: { id: string }) => [{ action: "user.created", actor, account: id, target: id }];
      return { path: "/v1/users", token, body, events };
    },
  },
  {
    procedure: "user.create",
    when: "without an address",
    async prepare(scene) {
      const { userId: actor, accessToken: token } = await registerWithRoles(scene.server);
      const body = { username: `u${crypto.randomUUID().slice(0, 13)}` };
      const events = ({ id, passwordLink }: { id: string; passwordLink: { url: string } }) => {
        scene.keepSecret(new URL(passwordLink.url).hash.slice("#token=".length));
        return ["user.created", "password.link_created"].map((action) => ({ action, actor, account: id, target: id }));
      };
      return { path: "/v1/users", token, body, events };
    },
  },
  {
    procedure: "user.adminUpdate",
    async prepare(scene) {
      const { path, token, byOperator } = await prepareAccount(scene);
      return { method: "PATCH", path, token, body: { givenName: "Grace" }, events: () => [byOperator("user.updated")] };
    },
  },
  {
    procedure: "user.disable",
    async prepare(scene) {
      const { path, token, account, byOperator } = await prepareAccount(scene);
      const session = await sessionOf(scene, account);
      const events = () => [byOperator("user.disabled"), byOperator("session.revoked", session)];
      return { path: `${path}/disable`, token, body: because, events };
    },
  },
  {
    procedure: "user.enable",
    async prepare(scene) {
      const { path, token, byOperator, call } = await prepareAccount(scene);
      await call("/disable", because);
      return { path: `${path}/enable`, token, events: () => [byOperator("user.enabled")] };
    },
  },
  {
    procedure: "user.enable",
    when: "the account is active",
    async prepare(scene) {
      const { path, token } = await prepareAccount(scene);
      return { path: `${path}/enable`, token, events: nothing };
    },
  },
  {
    procedure: "user.adminDelete",
    async prepare(scene) {
      const { path, token, account, byOperator } = await prepareAccount(scene);
      const session = await sessionOf(scene, account);
      const events = () => [byOperator("user.deleted"), byOperator("session.revoked", session)];
      return { method: "DELETE", path, token, events };
    },
  },
  {
    procedure: "user.restore",
    async prepare(scene) {
      const { path, token, byOperator } = await prepareAccount(scene);
      await rest(scene.server.url, path, { method: "DELETE", token });
      return { path: `${path}/restore`, token, events: () => [byOperator("user.restored")] };
    },
  },
  {
    procedure: "user.revokeSessions",
    async prepare(scene) {
      const { path, token, account, byOperator } = await prepareAccount(scene);
      const session = await sessionOf(scene, account);
      const events = () => [byOperator("user.sessions_revoked"), byOperator("session.revoked", session)];
      return { method: "DELETE", path: `${path}/sessions`, token, events };
    },
  },
  {
    procedure: "user.resetSecondFactors",
    async prepare(scene) {
      const { path, token, account, byOperator } = await prepareAccount(scene);
      await protect(scene, account);
      const events = () => [byOperator("user.second_factor_reset_requested")];
      return { path: `${path}/second-factors/reset`, token, events };
    },
  },
  {
    procedure: "user.cancelSecondFactorReset",
    async prepare(scene) {
      const { path, token, account, byOperator, call } = await prepareAccount(scene);
      await protect(scene, account);
      await call("/second-factors/reset");
      const events = () => [byOperator("user.second_factor_reset_canceled")];
      return { method: "DELETE", path: `${path}/second-factors/reset`, token, events };
    },
  },
  {
    procedure: "user.requirePasswordChange",
    async prepare(scene) {
      const { path, token, account, byOperator } = await prepareAccount(scene);
      const session = await sessionOf(scene, account);
      const events = () => [byOperator("password.removed"), byOperator("session.revoked", session)];
      return { path: `${path}/require-password-change`, token, events };
    },
  },
  {
    procedure: "user.createPasswordLink",
    async prepare(scene) {
      const { path, token, account, userId, byOperator } = await prepareAccount(scene);
      const session = await sessionOf(scene, account);
      await leaveUsernameOnly(scene.server, userId);
      return {
        path: `${path}/password-link`,
        token,
        events: ({ url }) => {
          scene.keepSecret(new URL(url).hash.slice("#token=".length));
          const actions = ["password.removed", "password.link_created"].map((action) => byOperator(action));
          return [...actions, byOperator("session.revoked", session)];
        },
      };
    },
  },
  {
    procedure: "user.impersonate",
    async prepare(scene) {
      const { path, token, byOperator, userId } = await prepareAccount(scene);
      return {
        path: `${path}/impersonate`,
        token,
        body: because,
        events: ({ session }) => {
          scene.keepSecret(session.accessToken);
          return [byOperator("user.impersonated"), own("session.created", userId, session.id)];
        },
      };
    },
  },
  {
    procedure: "user.bulk",
    async prepare(scene) {
      const { token, userId, adminId } = await prepareAccount(scene);
      const body = { action: "enable", ids: [userId] };
      return {
        path: "/v1/users/bulk",
        token,
        body,
        events: ({ jobId }) => byAdmin("user.bulk_requested", adminId, jobId),
      };
    },
  },
];

/** What operators do with roles. */
export const administrationScenarios: readonly Scenario[] = [
  {
    procedure: "user.setRoles",
    async prepare(scene) {
      const admin = await registerWithRoles(scene.server);
      const { userId } = await register(scene);
      await giveRoles(scene.server, userId, []);
      return {
        method: "PUT",
        path: `/v1/users/${userId}/roles`,
        token: admin.accessToken,
        body: { roles: ["support"] },
        events: () => [{ action: "user.roles_changed", actor: admin.userId, account: userId, target: userId }],
      };
    },
  },
  {
    procedure: "role.create",
    async prepare({ server }) {
      const { userId, accessToken: token } = await registerWithRoles(server);
      const name = newRole();
      const events = () => byAdmin("role.created", userId, name);
      return { path: "/v1/roles", token, body: { name, permissions: [] }, events };
    },
  },
  {
    procedure: "role.update",
    async prepare(scene) {
      const { name, token, userId } = await prepareRole(scene);
      const events = () => byAdmin("role.updated", userId, name);
      return { method: "PATCH", path: `/v1/roles/${name}`, token, body: { description: "Clerks" }, events };
    },
  },
  {
    procedure: "role.delete",
    async prepare(scene) {
      const { name, token, userId } = await prepareRole(scene);
      return {
        method: "DELETE",
        path: `/v1/roles/${name}`,
        token,
        events: () => byAdmin("role.deleted", userId, name),
      };
    },
  },
];
