import { permissionProcedure } from "@gatehouse/server";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createRole, registerProvenAdmin, registerWithRoles, setRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { addMember, changeGroup, createGroup, deleteGroup, removeMember } from "../support/groups.ts";
import { registerProven } from "../support/links.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startPair } from "../support/server-pair.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const environment = { JOBS: "off" };

const routers = {
  bell: permissionProcedure("bell:ring")
    .meta({ openapi: { method: "GET", path: "/v1/bell", tags: ["Test"], summary: "Ring" } })
    .input(z.void())
    .output(z.literal("ding"))
    .query(() => "ding" as const),
};

const newRole = () => `role-${crypto.randomUUID().slice(0, 8)}`;
const ring = async (url: string, token: string) => (await rest(url, "/v1/bell", { token })).status;

describe("the roles that a group carries", () => {
  const server = shareGatehouse({ routers });
  /** An administrator and a group whose members may ring the bell. */
  async function openBelfry() {
    const { url } = server();
    const admin = await registerProvenAdmin(server());
    const role = newRole();
    await createRole(url, admin, { name: role, permissions: ["bell:ring"] });
    return { url, admin, role, id: await createGroup(url, admin, { roles: [role] }) };
  }
  /** The server hears from its database of another session's change, within milliseconds. */
  const soon = (url: string, token: string, status: number) =>
    vi.waitFor(async () => expect(await ring(url, token)).toBe(status), patience);

  test("are its members' from the moment that they are added until they are removed", async () => {
    const { url, admin, id } = await openBelfry();
    const { userId, accessToken } = await registerAccount(url);
    expect(await ring(url, accessToken)).toBe(403);
    await addMember(url, admin, { id, userId });
    await soon(url, accessToken, 200);
    await removeMember(url, admin, { id, userId });
    await soon(url, accessToken, 403);
  });

  test("are gained and lost with the group's roles, the role's permissions, and the group", async () => {
    const { url, admin, id, role } = await openBelfry();
    const { userId, accessToken } = await registerAccount(url);
    await addMember(url, admin, { id, userId });
    await soon(url, accessToken, 200);
    await changeGroup(url, admin, { id, roles: [] });
    expect(await ring(url, accessToken)).toBe(403);
    await changeGroup(url, admin, { id, roles: [role] });
    expect(await ring(url, accessToken)).toBe(200);
    await rest(url, `/v1/roles/${role}`, { method: "PATCH", token: admin.accessToken, body: { permissions: [] } });
    expect(await ring(url, accessToken)).toBe(403);
    await rest(url, `/v1/roles/${role}`, {
      method: "PATCH",
      token: admin.accessToken,
      body: { permissions: ["bell:ring"] },
    });
    expect(await ring(url, accessToken)).toBe(200);
    await deleteGroup(url, admin, id);
    expect(await ring(url, accessToken)).toBe(403);
  });

  test("are added to the user's own and to those of other groups", async () => {
    const { url, admin, id } = await openBelfry();
    const empty = await createGroup(url, admin);
    const member = await registerWithRoles(server(), ["support"]);
    await addMember(url, admin, { id, userId: member.userId });
    await addMember(url, admin, { id: empty, userId: member.userId });
    await soon(url, member.accessToken, 200);
    expect((await rest(url, "/v1/roles", { token: member.accessToken })).status).toBe(200);
    await removeMember(url, admin, { id: empty, userId: member.userId });
    expect(await ring(url, member.accessToken)).toBe(200);
  });

  test("count for API keys at each call", async () => {
    const { url, admin, id } = await openBelfry();
    const owner = await registerProven(server());
    await addMember(url, admin, { id, userId: owner.userId });
    await soon(url, owner.accessToken, 200);
    const { secret } = await makeApiKey(url, owner, { scopes: ["bell:ring"] });
    expect(await ring(url, secret)).toBe(200);
    await removeMember(url, admin, { id, userId: owner.userId });
    expect(await ring(url, secret)).toBe(403);
  });

  test("protect their members from those who may do less", async () => {
    const { url, admin, id } = await openBelfry();
    const clerkRole = newRole();
    await createRole(url, admin, { name: clerkRole, permissions: ["role:assign"] });
    const clerk = await registerWithRoles(server(), [clerkRole]);
    const member = await registerAccount(url);
    expect((await setRoles(url, clerk, member.userId, [clerkRole])).status).toBe(200);
    await addMember(url, admin, { id, userId: member.userId });
    expect(await setRoles(url, clerk, member.userId, [])).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });

  test("are not deleted while the group carries them, also not while it is given them", async () => {
    const { url, admin, id, role } = await openBelfry();
    const deleteRole = (name: string) => rest(url, `/v1/roles/${name}`, { method: "DELETE", token: admin.accessToken });
    expect(await deleteRole(role)).toMatchObject({ status: 409, body: { code: "ROLE_IN_USE" } });
    for (let round = 0; round < 5; round++) {
      const other = newRole();
      await createRole(url, admin, { name: other, permissions: [] });
      const [given, deleted] = await Promise.all([changeGroup(url, admin, { id, roles: [other] }), deleteRole(other)]);
      expect([
        [200, 409],
        [400, 204],
      ]).toContainEqual([given.status, deleted.status]);
    }
    await deleteGroup(url, admin, id);
    expect((await deleteRole(role)).status).toBe(204);
  });

  test.skipIf(postgresUnreachable)("are known to every instance within a second", async () => {
    await using pair = await startPair({ environment, routers });
    const { first, second } = pair;
    const admin = await registerWithRoles(first);
    const role = newRole();
    await createRole(first.url, admin, { name: role, permissions: ["bell:ring"] });
    const id = await createGroup(first.url, admin, { roles: [role] });
    const { userId, accessToken } = await registerAccount(first.url);
    const seenBySecond = (status: number) =>
      vi.waitFor(async () => expect(await ring(second.url, accessToken)).toBe(status), { timeout: 1000, interval: 10 });
    await seenBySecond(403);
    await addMember(first.url, admin, { id, userId });
    await seenBySecond(200);
    await changeGroup(first.url, admin, { id, roles: [] });
    await seenBySecond(403);
    await changeGroup(first.url, admin, { id, roles: [role] });
    await seenBySecond(200);
    await deleteGroup(first.url, admin, id);
    await seenBySecond(403);
  });

  test("are checked on the embedded database too, after roles have changed", async () => {
    await using embedded = await startGatehouse({ embedded: true, environment, routers });
    const { url } = embedded;
    const admin = await registerWithRoles(embedded);
    const { userId, accessToken } = await registerAccount(url);
    const role = newRole();
    await createRole(url, admin, { name: role, permissions: ["bell:ring"] });
    expect((await setRoles(url, admin, userId, ["support"])).status).toBe(200);
    const id = await createGroup(url, admin, { roles: [role] });
    expect((await addMember(url, admin, { id, userId })).status).toBe(204);
    await vi.waitFor(async () => expect(await ring(url, accessToken)).toBe(200), patience);
  });
});
