import { describe, expect, test } from "vitest";
import { createRole, registerWithRoles } from "../support/administrators.ts";
import { addMember, changeGroup, createGroup, deleteGroup, removeMember } from "../support/groups.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const newName = () => `group-${crypto.randomUUID()}`;
const forbidden = { status: 403, body: { code: "FORBIDDEN" } };
const notFound = { status: 404, body: { code: "NOT_FOUND" } };

describe("groups", () => {
  const server = shareGatehouse({ environment: { JOBS: "off" } });
  const get = (path: string, token: string) => rest(server().url, path, { token });

  test("an administrator creates, reads, changes and deletes a group", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const name = newName();
    const id = await createGroup(url, admin, { name, roles: ["support"] });
    expect(await get(`/v1/groups/${id}`, admin.accessToken)).toMatchObject({
      status: 200,
      body: { id, name, description: "", roles: ["support"] },
    });
    const changed = await changeGroup(url, admin, { id, description: "Everybody", roles: [] });
    expect(changed).toMatchObject({ status: 200, body: { name, description: "Everybody", roles: [] } });
    expect((await get("/v1/groups", admin.accessToken)).body.items[0]).toMatchObject({ id });
    expect((await deleteGroup(url, admin, id)).status).toBe(204);
    expect(await deleteGroup(url, admin, id)).toMatchObject(notFound);
    expect(await get(`/v1/groups/${id}`, admin.accessToken)).toMatchObject(notFound);
    expect(await changeGroup(url, admin, { id, name })).toMatchObject(notFound);
  });

  test("a name is taken once, whatever its case", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const name = newName();
    const made = await Promise.all(
      [name, name.toUpperCase(), name].map((each) =>
        rest(url, "/v1/groups", { token: admin.accessToken, body: { name: each } }),
      ),
    );
    expect(made.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const other = await createGroup(url, admin);
    expect(await changeGroup(url, admin, { id: other, name })).toMatchObject({
      status: 409,
      body: { code: "GROUP_EXISTS" },
    });
  });

  test("a group carries roles that exist, and never admin", async () => {
    const admin = await registerWithRoles(server());
    for (const roles of [["admin"], ["no-such-role"], ["user"]]) {
      expect(
        await rest(server().url, "/v1/groups", { token: admin.accessToken, body: { name: newName(), roles } }),
      ).toMatchObject({ status: 400, body: { errors: [{ path: "roles.0" }] } });
    }
  });

  test("support reads groups and does not change them; other users do neither", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const support = await registerWithRoles(server(), ["support"]);
    const anybody = await registerAccount(url);
    const id = await createGroup(url, admin);
    const member = { id, userId: anybody.userId };
    for (const path of ["/v1/groups", `/v1/groups/${id}`, `/v1/groups/${id}/members`]) {
      expect((await get(path, support.accessToken)).status).toBe(200);
      expect(await get(path, anybody.accessToken)).toMatchObject(forbidden);
    }
    for (const by of [support, anybody]) {
      expect(await changeGroup(url, by, { id, name: newName() })).toMatchObject(forbidden);
      expect(await addMember(url, by, member)).toMatchObject(forbidden);
      expect(await removeMember(url, by, member)).toMatchObject(forbidden);
      expect(await deleteGroup(url, by, id)).toMatchObject(forbidden);
    }
  });

  test("nobody gives or takes by a group what they may not do", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const role = `role-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(url, admin, { name: role, permissions: ["group:read", "group:write"] });
    const clerk = await registerWithRoles(server(), [role]);
    const powerful = await createGroup(url, admin, { roles: ["support"] });
    const own = await createGroup(url, clerk, { roles: [role] });
    const body = { name: newName(), roles: ["support"] };
    expect(await rest(url, "/v1/groups", { token: clerk.accessToken, body })).toMatchObject(forbidden);
    expect(await changeGroup(url, clerk, { id: own, roles: ["support"] })).toMatchObject(forbidden);
    expect(await changeGroup(url, clerk, { id: powerful, roles: [] })).toMatchObject(forbidden);
    expect(await addMember(url, clerk, { id: powerful, userId: clerk.userId })).toMatchObject(forbidden);
    expect(await removeMember(url, clerk, { id: powerful, userId: clerk.userId })).toMatchObject(forbidden);
    expect(await deleteGroup(url, clerk, powerful)).toMatchObject(forbidden);
    expect((await addMember(url, clerk, { id: own, userId: clerk.userId })).status).toBe(204);
  });
});
