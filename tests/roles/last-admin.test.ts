import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { registerWithRoles, setRoles } from "../support/administrators.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { startPair } from "../support/server-pair.ts";

const environment = { JOBS: "off" };
const lastAdmin = { status: 409, body: { code: "LAST_ADMIN" } };

describe("the last administrator", () => {
  test("keeps the role", async () => {
    await using server = await startGatehouse({ environment });
    const only = await registerWithRoles(server);
    expect(await setRoles(server.url, only, only.userId, [])).toMatchObject(lastAdmin);
    const second = await registerWithRoles(server);
    expect((await setRoles(server.url, second, only.userId, [])).status).toBe(200);
    expect(await setRoles(server.url, second, second.userId, ["support"])).toMatchObject(lastAdmin);
  });

  test("is neither disabled nor deleted, whatever does it", async () => {
    await using server = await startGatehouse({ environment });
    const { userId } = await registerWithRoles(server);
    const { deps } = server.gatehouse;
    for (const change of [{ status: "disabled" }, { status: "deactivated" }, { deleted_at: new Date() }] as const) {
      const update = deps.db.updateTable("user").set(change).where("public_id", "=", userId).execute();
      await expect(update).rejects.toMatchObject({ constraint: "user_last_admin" });
    }
  });

  test.skipIf(postgresUnreachable)("stays when all demote each other at once, on two servers", async () => {
    await using pair = await startPair({ environment });
    const admins = await Promise.all(Array.from({ length: 6 }, () => registerWithRoles(pair.first)));
    const answers = await Promise.all(
      admins.map(({ userId }, index) => {
        const server = index % 2 === 0 ? pair.first : pair.second;
        const by = admins[(index + 1) % admins.length] ?? admins[0];
        if (by === undefined) throw new Error("There are administrators");
        return setRoles(server.url, by, userId, []);
      }),
    );
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body.code)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(LAST_ADMIN|FORBIDDEN)$/)]),
    );
    const left = await pair.database.query(`select from "user" where 'admin' = any (roles)`);
    expect(left.length).toBeGreaterThanOrEqual(1);
  });

  test.skipIf(postgresUnreachable)("is kept without a deadlock of those who give and take the role", async () => {
    await using server = await startGatehouse({ environment });
    const [admin, other] = [await registerWithRoles(server), await registerWithRoles(server)];
    const client = new Client(server.database?.url);
    await client.connect();
    try {
      // Whoever gives the role locks it first, and then the user. The lock ends by itself if it is waited for.
      client.on("error", () => undefined);
      await client.query("set idle_in_transaction_session_timeout = '3s'");
      await client.query("begin; select from role where name = 'admin' for share");
      expect((await setRoles(server.url, admin, other.userId, [])).status).toBe(200);
      await client.query("commit");
    } finally {
      await client.end();
    }
  });
});
