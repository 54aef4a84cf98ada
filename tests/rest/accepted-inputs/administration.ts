import { createRole } from "../../support/administrators.ts";
import type { TestGatehouse } from "../../support/gatehouse.ts";
import { addMember, createGroup } from "../../support/groups.ts";
import { addPasskey } from "../../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../../support/rest.ts";
import { registerProtected } from "../../support/second-factor.ts";
import { leaveUsernameOnly } from "../../support/usernames.ts";
import type { AcceptedInputs } from "./caller.ts";

const anyRole = () => `role-${crypto.randomUUID().slice(0, 8)}`;

/** The id of somebody else's account. */
async function idOfOther(_caller: Account, { url }: TestGatehouse): Promise<{ readonly id: string }> {
  return { id: (await registerAccount(url)).userId };
}

/** The id of somebody else who has a second factor. */
async function idOfProtected(_caller: Account, server: TestGatehouse): Promise<{ readonly id: string }> {
  return { id: (await registerProtected(server)).userId };
}

/** The ids of a group and of somebody who is no member. */
async function groupAndUser(caller: Account, server: TestGatehouse) {
  const { id: userId } = await idOfOther(caller, server);
  return { id: await createGroup(server.url, caller), userId };
}

async function idOfGroup(caller: Account, { url }: TestGatehouse) {
  return { id: await createGroup(url, caller) };
}

const bulk = { action: "disable", reason: "A test" };

/** For what operators do with other people's accounts. */
export const administrationInputs: AcceptedInputs = {
  "user.list": () => ({ limit: 1 }),
  "user.get": idOfOther,
  "user.create": () => ({ email: `${crypto.randomUUID()}@example.com`, givenName: "Ada" }),
  "user.adminUpdate": async (...scene) => ({ ...(await idOfOther(...scene)), givenName: "Grace" }),
  "user.disable": async (...scene) => ({ ...(await idOfOther(...scene)), reason: "A test" }),
  "user.enable": idOfOther,
  "user.adminDelete": idOfOther,
  "user.restore": async (caller, server) => {
    const { id } = await idOfOther(caller, server);
    await rest(server.url, `/v1/users/${id}`, { method: "DELETE", token: caller.accessToken });
    return { id };
  },
  "user.listSessions": async (...scene) => ({ ...(await idOfOther(...scene)), limit: 1 }),
  "user.revokeSessions": idOfOther,
  "user.listIdentities": ({ userId }) => ({ id: userId }),
  "user.resetSecondFactors": idOfProtected,
  "user.cancelSecondFactorReset": async (caller, server) => {
    const { id } = await idOfProtected(caller, server);
    await rest(server.url, `/v1/users/${id}/second-factors/reset`, { method: "POST", token: caller.accessToken });
    return { id };
  },
  "user.listDevices": ({ userId }) => ({ id: userId, limit: 1 }),
  "device.search": () => ({ platform: "ios", minAppVersion: "2.3", limit: 1 }),
  "user.listPasskeys": async (...scene) => ({ ...(await idOfOther(...scene)), limit: 1 }),
  "user.removePasskey": async (_caller, server) => {
    const { userId: id, ...other } = await registerAccount(server.url);
    return { id, passkeyId: (await addPasskey(server, other)).id };
  },
  "user.requirePasswordChange": idOfOther,
  "user.createPasswordLink": async (caller, server) => {
    const { id } = await idOfOther(caller, server);
    await leaveUsernameOnly(server, id);
    return { id };
  },
  "user.impersonate": async (...scene) => ({ ...(await idOfOther(...scene)), reason: "A test" }),
  "user.bulk": async (...scene) => ({ ...bulk, ids: [(await idOfOther(...scene)).id] }),
  "job.get": async (caller, server) => {
    const body = { ...bulk, ids: [(await idOfOther(caller, server)).id] };
    const created = await rest(server.url, "/v1/users/bulk", { token: caller.accessToken, body });
    return { id: created.body.jobId };
  },
  "audit.list": () => ({ limit: 1 }),
  "metrics.accounts": () => ({ from: "2030-01-01", to: "2030-01-31" }),
  "user.setRoles": ({ userId }) => ({ id: userId, roles: ["admin", "support"] }),
  "role.list": () => ({ limit: 1 }),
  "role.create": () => ({ name: anyRole(), permissions: ["role:read"] }),
  "role.update": async (account, server) => {
    const name = anyRole();
    await createRole(server.url, account, { name, permissions: [] });
    return { name, description: "Reads the roles", permissions: ["role:read"] };
  },
  "role.delete": async (account, server) => {
    const name = anyRole();
    await createRole(server.url, account, { name, permissions: [] });
    return { name };
  },
  "group.list": () => ({ limit: 1 }),
  "group.get": idOfGroup,
  "group.create": () => ({ name: `group-${crypto.randomUUID()}`, description: "Everybody", roles: ["support"] }),
  "group.update": async (...scene) => ({ ...(await idOfGroup(...scene)), roles: ["support"] }),
  "group.delete": idOfGroup,
  "group.members.list": async (caller, server) => {
    const { id, userId } = await groupAndUser(caller, server);
    await addMember(server.url, caller, { id, userId });
    return { id, limit: 1 };
  },
  "group.members.addMany": async (...scene) => {
    const { id, userId } = await groupAndUser(...scene);
    return { id, userIds: [userId] };
  },
  "group.members.add": groupAndUser,
  "group.members.remove": async (caller, server) => {
    const membership = await groupAndUser(caller, server);
    await addMember(server.url, caller, membership);
    return membership;
  },
};
