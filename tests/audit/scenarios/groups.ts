import { registerWithRoles } from "../../support/administrators.ts";
import { addMember, createGroup } from "../../support/groups.ts";
import type { Scenario, Scene } from "../scene.ts";
import { register } from "./accounts.ts";

const about = (action: string, actor: string, target: string) => [{ action, actor, account: null, target }];

const aboutMember = (action: string, actor: string, member: string) => [
  { action, actor, account: member, target: member },
];

/** An administrator, a group and somebody else. */
async function prepare(scene: Scene) {
  const admin = await registerWithRoles(scene.server);
  const id = await createGroup(scene.server.url, admin);
  const { userId: member } = await register(scene);
  return { admin, id, member, token: admin.accessToken };
}

/** Groups and their members. */
export const groupScenarios: readonly Scenario[] = [
  {
    procedure: "group.create",
    async prepare({ server }) {
      const { userId, accessToken: token } = await registerWithRoles(server);
      const body = { name: `group-${crypto.randomUUID()}` };
      return { path: "/v1/groups", token, body, events: ({ id }) => about("group.created", userId, id) };
    },
  },
  {
    procedure: "group.update",
    async prepare(scene) {
      const { admin, id, token } = await prepare(scene);
      const events = () => about("group.updated", admin.userId, id);
      return { method: "PATCH", path: `/v1/groups/${id}`, token, body: { description: "Clerks" }, events };
    },
  },
  {
    procedure: "group.delete",
    async prepare(scene) {
      const { admin, id, token } = await prepare(scene);
      const events = () => about("group.deleted", admin.userId, id);
      return { method: "DELETE", path: `/v1/groups/${id}`, token, events };
    },
  },
  {
    procedure: "group.members.addMany",
    async prepare(scene) {
      const { admin, id, token, member } = await prepare(scene);
      const events = () => aboutMember("group.member_added", admin.userId, member);
      return { path: `/v1/groups/${id}/members`, token, body: { userIds: [member] }, events };
    },
  },
  {
    procedure: "group.members.add",
    async prepare(scene) {
      const { admin, id, token, member } = await prepare(scene);
      const events = () => aboutMember("group.member_added", admin.userId, member);
      return { method: "PUT", path: `/v1/groups/${id}/members/${member}`, token, events };
    },
  },
  {
    procedure: "group.members.add",
    when: "the user is a member",
    async prepare(scene) {
      const { admin, id, token, member } = await prepare(scene);
      await addMember(scene.server.url, admin, { id, userId: member });
      return { method: "PUT", path: `/v1/groups/${id}/members/${member}`, token, events: () => [] };
    },
  },
  {
    procedure: "group.members.remove",
    async prepare(scene) {
      const { admin, id, token, member } = await prepare(scene);
      await addMember(scene.server.url, admin, { id, userId: member });
      const events = () => aboutMember("group.member_removed", admin.userId, member);
      return { method: "DELETE", path: `/v1/groups/${id}/members/${member}`, token, events };
    },
  },
];
