import { giveRoles, registerWithRoles } from "../../support/administrators.ts";
import { rest } from "../../support/rest.ts";
import type { Scenario, Scene } from "../scene.ts";
import { register } from "./accounts.ts";

const newRole = () => `role-${crypto.randomUUID().slice(0, 8)}`;

/** A role that exists, and an administrator. */
async function prepareRole({ server }: Scene) {
  const { userId, accessToken: token } = await registerWithRoles(server);
  const name = newRole();
  await rest(server.url, "/v1/roles", { token, body: { name, permissions: [] } });
  return { name, token, userId };
}

const byAdmin = (action: string, actor: string, target: string) => [{ action, actor, account: null, target }];

/** What operators do. */
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
