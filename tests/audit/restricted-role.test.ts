import { readFileSync } from "node:fs";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { deleteAccount } from "../support/own-data.ts";
import { registerAccount, rest } from "../support/rest.ts";

const guide = readFileSync(new URL("../../docs/guides/audit-log.md", import.meta.url), "utf8");

/** The statements of the guide that make a role for the server. */
const [, statements = ""] = /```sql\n(create role gatehouse_server .*?)```/s.exec(guide) ?? [];

const password = "a-password-for-tests";

/** The role of the guide, under a name of its own; it exists until the end, as roles are shared by all databases of a cluster. */
async function createServerRole(database: TestDatabase) {
  const name = `gatehouse_server_${crypto.randomUUID().slice(0, 8)}`;
  await database.query(statements.replaceAll("gatehouse_server", name).replace("…", password));
  const url = new URL(database.url);
  url.username = name;
  url.password = password;
  return {
    database: { ...database, url: url.href },
    [Symbol.asyncDispose]: async () => {
      await database.query(`drop owned by ${name}; drop role ${name}`);
    },
  };
}

describe.skipIf(postgresUnreachable)("a server whose database role may only append to the audit log", () => {
  test("serves as any other, and cannot change or remove an event", async () => {
    await using owned = await createTestDatabase();
    await using role = await createServerRole(owned);
    await using server = await startGatehouse({ database: role.database, environment: { JOBS: "off" } });
    const account = await registerAccount(server.url);
    const { email: identifier, password: secret, accessToken: token, refreshToken } = account;
    const answers = [
      await rest(server.url, "/v1/auth/login", { body: { identifier, password: secret } }),
      await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } }),
      await rest(server.url, "/v1/users/me", { method: "PATCH", token, body: { givenName: "Ada" } }),
      await deleteAccount(server.url, account),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 204]);
    const admin = await registerWithRoles(server);
    const { body } = await rest(server.url, "/v1/audit-events", { token: admin.accessToken });
    expect(body.items.map(({ action }: { action: string }) => action)).toContain("user.deleted");

    const client = new Client(role.database.url);
    await client.connect();
    try {
      for (const table of ["audit_event", "audit_link"]) {
        for (const change of [`delete from ${table}`, `truncate ${table}`, `drop table ${table}`]) {
          await expect(client.query(change)).rejects.toMatchObject({ code: "42501" });
        }
        await expect(client.query(`alter table ${table} disable trigger all`)).rejects.toMatchObject({ code: "42501" });
      }
      await expect(client.query("update audit_event set action = 'user.created'")).rejects.toMatchObject({
        code: "42501",
      });
      // The erasure of a person may empty what is personal; nothing may be put there.
      await expect(client.query(`update audit_event set personal = '{"ip": "203.0.113.1"}'`)).rejects.toThrow();
      await expect(client.query("set session_replication_role = replica")).rejects.toMatchObject({ code: "42501" });
    } finally {
      await client.end();
    }
  });
});
