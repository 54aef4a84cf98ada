import { describe, expect, test } from "vitest";
import { createRole, registerWithRoles, setRoles } from "../support/administrators.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const newName = () => `role-${crypto.randomUUID().slice(0, 8)}`;

describe("roles", () => {
  const server = shareGatehouse({ environment: { JOBS: "off" } });
  const changeRole = (token: string, name: string, body: object) =>
    rest(server().url, `/v1/roles/${name}`, { method: "PATCH", token, body });
  const deleteRole = (token: string, name: string) =>
    rest(server().url, `/v1/roles/${name}`, { method: "DELETE", token });
  const listRoles = (token: string) => rest(server().url, "/v1/roles?limit=100", { token });

  test("a new server has admin, support and user", async () => {
    const admin = await registerWithRoles(server());
    const { body } = await listRoles(admin.accessToken);
    const own = body.items.filter(({ name }: { name: string }) => ["admin", "support", "user"].includes(name));
    expect(own).toMatchObject([
      { name: "user", permissions: [] },
      { name: "support", permissions: expect.arrayContaining(["user:disable"]) },
      { name: "admin", permissions: ["*"] },
    ]);
  });

  test("what a role allows changes at the next call of its users", async () => {
    const admin = await registerWithRoles(server());
    const name = newName();
    expect((await createRole(server().url, admin, { name, permissions: [] })).status).toBe(201);
    const clerk = await registerWithRoles(server(), [name]);
    expect(await listRoles(clerk.accessToken)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    await changeRole(admin.accessToken, name, { permissions: ["role:read"] });
    expect((await listRoles(clerk.accessToken)).status).toBe(200);
    await changeRole(admin.accessToken, name, { permissions: [] });
    expect((await listRoles(clerk.accessToken)).status).toBe(403);
  });

  test("the role user is everybody's", async () => {
    const admin = await registerWithRoles(server());
    const anybody = await registerAccount(server().url);
    await changeRole(admin.accessToken, "user", { permissions: ["role:read"] });
    expect((await listRoles(anybody.accessToken)).status).toBe(200);
    await changeRole(admin.accessToken, "user", { permissions: [] });
    expect((await listRoles(anybody.accessToken)).status).toBe(403);
    expect(await setRoles(server().url, admin, anybody.userId, ["user"])).toMatchObject({
      status: 400,
      body: { errors: [{ path: "roles.0" }] },
    });
  });

  test("nobody gives or takes more than they have", async () => {
    const admin = await registerWithRoles(server());
    const name = newName();
    await createRole(server().url, admin, { name, permissions: ["role:read", "role:write", "role:assign"] });
    const clerk = await registerWithRoles(server(), [name]);
    const anybody = await registerAccount(server().url);
    const forbidden = { status: 403, body: { code: "FORBIDDEN" } };
    expect(await setRoles(server().url, clerk, clerk.userId, ["admin"])).toMatchObject(forbidden);
    expect(await setRoles(server().url, clerk, anybody.userId, ["support"])).toMatchObject(forbidden);
    expect(await setRoles(server().url, clerk, admin.userId, [])).toMatchObject(forbidden);
    expect(await changeRole(clerk.accessToken, "support", { permissions: [] })).toMatchObject(forbidden);
    expect(await deleteRole(clerk.accessToken, "support")).toMatchObject(forbidden);
    expect(await setRoles(server().url, clerk, anybody.userId, [name])).toMatchObject({
      status: 200,
      body: { roles: [name] },
    });
  });

  test("admin stays as it is, and a role that somebody holds stays", async () => {
    const admin = await registerWithRoles(server());
    const name = newName();
    await createRole(server().url, admin, { name, permissions: ["role:read"] });
    const clerk = await registerWithRoles(server(), [name]);
    const fixed = { status: 409, body: { code: "ROLE_FIXED" } };
    expect(await changeRole(admin.accessToken, "admin", { permissions: [] })).toMatchObject(fixed);
    for (const own of ["admin", "support", "user"])
      expect(await deleteRole(admin.accessToken, own)).toMatchObject(fixed);
    expect(await deleteRole(admin.accessToken, name)).toMatchObject({ status: 409, body: { code: "ROLE_IN_USE" } });
    await setRoles(server().url, admin, clerk.userId, []);
    expect((await deleteRole(admin.accessToken, name)).status).toBe(204);
    expect((await deleteRole(admin.accessToken, name)).status).toBe(404);
  });

  test("names are taken once, and permissions are those of operations", async () => {
    const admin = await registerWithRoles(server());
    const name = newName();
    const made = await Promise.all([1, 2, 3].map(() => createRole(server().url, admin, { name, permissions: [] })));
    expect(made.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    for (const permissions of [["*"], ["user:read", "__proto__"], ["profile:read"]]) {
      expect(await createRole(server().url, admin, { name: newName(), permissions })).toMatchObject({
        status: 400,
        body: { code: "INVALID_INPUT" },
      });
    }
    expect(await setRoles(server().url, admin, admin.userId, ["admin", "no-such"])).toMatchObject({
      status: 400,
      body: { errors: [{ path: "roles.1" }] },
    });
  });

  test("a role cannot be given while it is deleted", async () => {
    const admin = await registerWithRoles(server());
    const anybody = await registerAccount(server().url);
    for (let round = 0; round < 5; round++) {
      const name = newName();
      await createRole(server().url, admin, { name, permissions: [] });
      const [given, deleted] = await Promise.all([
        setRoles(server().url, admin, anybody.userId, [name]),
        deleteRole(admin.accessToken, name),
      ]);
      expect([
        [200, 409],
        [400, 204],
      ]).toContainEqual([given.status, deleted.status]);
    }
  });
});
