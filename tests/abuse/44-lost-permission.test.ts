import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { createRole, giveRoles, registerWithRoles } from "../support/administrators.ts";
import { postgresUnreachable } from "../support/database.ts";
import { addMember, createGroup } from "../support/groups.ts";
import { whileChanging } from "../support/held-change.ts";
import { patience } from "../support/patience.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse({ environment: { JOBS: "off" } });

const impersonate = ({ accessToken: token }: Pick<Account, "accessToken">, id: string) =>
  rest(server().url, `/v1/users/${id}/impersonate`, { token, body: {} });
const as = (token: string, path: string, request: Parameters<typeof rest>[2] = {}) =>
  rest(server().url, path, { token, ...request });

/** Creates a role that may impersonate, and returns its name. */
async function makeRole(admin: Account): Promise<string> {
  const name = `helper-${crypto.randomUUID().slice(0, 8)}`;
  await createRole(server().url, admin, { name, permissions: ["user:impersonate"] });
  return name;
}

/** A helper whose own role lets them impersonate, and the token of a session in a user's name. */
async function impersonatedByRole(admin: Account) {
  const role = await makeRole(admin);
  const helper = await registerWithRoles(server(), [role]);
  const user = await registerAccount(server().url);
  const { body } = await impersonate(helper, user.userId);
  return { role, helper, token: body.session.accessToken as string };
}

const allow = ({ accessToken }: Account, role: string, permissions: readonly string[]) =>
  as(accessToken, `/v1/roles/${role}`, { method: "PATCH", body: { permissions } });

/** Waits until the session is over, which other connections of this process learn by a notification. */
async function expectEnded(token: string): Promise<void> {
  await expect.poll(async () => (await as(token, "/v1/users/me")).status, patience).toBe(401);
}

describe("a helper in a user's name whose permission ends", () => {
  test.skipIf(postgresUnreachable)(
    "loses the session on every instance when the role loses the permission",
    async () => {
      const admin = await registerWithRoles(server());
      await using other = await startBeside(server(), { environment: { JOBS: "off" } });
      const { role, helper, token } = await impersonatedByRole(admin);
      const elsewhere = async () => (await rest(other.url, "/v1/users/me", { token })).status;
      expect([await elsewhere(), (await as(token, "/v1/users/me")).status]).toEqual([200, 200]);
      await allow(admin, role, ["user:read"]);
      await expectEnded(token);
      await expect.poll(elsewhere, patience).toBe(401);
      expect((await as(helper.accessToken, "/v1/users/me")).status).toBe(200);
    },
  );

  test("keeps the session when the role changes otherwise, or another role still allows it", async () => {
    const admin = await registerWithRoles(server());
    const { role, helper, token } = await impersonatedByRole(admin);
    await allow(admin, role, ["user:impersonate", "user:read"]);
    expect((await as(token, "/v1/users/me")).status).toBe(200);
    const second = await makeRole(admin);
    await giveRoles(server(), helper.userId, [role, second]);
    const user = await registerAccount(server().url);
    const { body } = await impersonate(helper, user.userId);
    await allow(admin, role, []);
    const { rows } = await runSql(
      server().gatehouse.deps.db,
      `select revoked_at from session where public_id = '${body.session.id}'`,
    );
    expect(rows).toEqual([{ revoked_at: null }]);
  });

  test("loses the session when they, who have the permission by a group alone, are disabled or deleted", async () => {
    const admin = await registerWithRoles(server());
    const role = await makeRole(admin);
    const endings: [string, string, object?][] = [
      ["POST", "/disable", { reason: "left" }],
      ["DELETE", ""],
    ];
    for (const [method, path, body] of endings) {
      const [helper, user] = [await registerAccount(server().url), await registerAccount(server().url)];
      const id = await createGroup(server().url, admin, { roles: [role] });
      await addMember(server().url, admin, { id, userId: helper.userId });
      const begun = await impersonate(helper, user.userId);
      const request = { method, ...(body === undefined ? {} : { body }) };
      await as(admin.accessToken, `/v1/users/${helper.userId}${path}`, request);
      await expectEnded(begun.body.session.accessToken);
    }
  });

  test.skipIf(postgresUnreachable)("gets no session while their role is losing the permission", async () => {
    const admin = await registerWithRoles(server());
    const role = await makeRole(admin);
    const helper = await registerWithRoles(server(), [role]);
    const user = await registerAccount(server().url);
    const { database } = server();
    if (database === undefined) throw new Error("The test needs a database that has several connections");
    const losing = `update role set permissions = '{}' where name = '${role}'`;
    const attempt = await whileChanging(database, losing, () => impersonate(helper, user.userId));
    expect(attempt).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });
});
