import { describe, expect, test } from "vitest";
import { createRole, registerProvenAdmin, setRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { addMember, changeGroup, createGroup, removeMember } from "../support/groups.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse();
const forbidden = { status: 403, body: { code: "FORBIDDEN" } };

/** An administrator's API key with these scopes, as a caller. */
async function keyWith(admin: Account, scopes: readonly string[]): Promise<Pick<Account, "accessToken">> {
  return { accessToken: (await makeApiKey(server().url, admin, { scopes })).secret };
}

const newRole = async (admin: Account, permissions: readonly string[]) => {
  const name = `role-${crypto.randomUUID().slice(0, 8)}`;
  await createRole(server().url, admin, { name, permissions });
  return name;
};

describe("an API key of an administrator", () => {
  test("gives users no role that allows more than its scopes, and takes any", async () => {
    const { url } = server();
    const admin = await registerProvenAdmin(server());
    const { userId } = await registerAccount(url);
    const [reader, other] = [await newRole(admin, ["user:read"]), await newRole(admin, ["webhook:read"])];
    const key = await keyWith(admin, ["role:assign", "user:read"]);
    for (const roles of [["admin"], ["support"], [reader, other]]) {
      expect(await setRoles(url, key, userId, roles)).toMatchObject(forbidden);
    }
    expect((await setRoles(url, key, userId, [reader])).body.roles).toEqual([reader]);
    await setRoles(url, admin, userId, [reader, other]);
    expect((await setRoles(url, key, userId, [other])).body.roles).toEqual([other]);
  });

  test("gives no role a permission that is not among its scopes", async () => {
    const { url } = server();
    const admin = await registerProvenAdmin(server());
    const name = await newRole(admin, []);
    const key = await keyWith(admin, ["role:write", "user:read"]);
    const permit = (permissions: readonly string[]) =>
      rest(url, `/v1/roles/${name}`, { method: "PATCH", token: key.accessToken, body: { permissions } });
    expect(await permit(["user:delete"])).toMatchObject(forbidden);
    expect((await permit(["user:read"])).status).toBe(200);
    expect(await createRole(url, key, { name: `${name}-2`, permissions: ["user:delete"] })).toMatchObject(forbidden);
  });

  test("gives and takes nothing more by a group", async () => {
    const { url } = server();
    const admin = await registerProvenAdmin(server());
    const { userId } = await registerAccount(url);
    const [reader, id] = [await newRole(admin, ["user:read"]), await createGroup(url, admin, { roles: ["support"] })];
    const key = await keyWith(admin, ["group:write", "user:read"]);
    expect(await addMember(url, key, { id, userId })).toMatchObject(forbidden);
    expect(await removeMember(url, key, { id, userId })).toMatchObject(forbidden);
    const own = await createGroup(url, key, { roles: [reader] });
    expect(await changeGroup(url, key, { id: own, roles: ["support"] })).toMatchObject(forbidden);
    expect((await addMember(url, key, { id: own, userId })).status).toBe(204);
  });
});
