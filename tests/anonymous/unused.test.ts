import { expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { countAccountDay } from "../../packages/server/src/metrics/store.ts";
import { eraseUnusedAnonymous } from "../../packages/server/src/user/deletion/unused-anonymous.ts";
import { signInAnonymously, upgrade } from "../support/anonymous.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const daySeconds = 86_400;
const environment = { ANONYMOUS_USER_RETENTION_DAYS: "10" };
const attempt = { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal };

test("the nightly job erases anonymous accounts that nobody used, and no others", async () => {
  await using server = await startGatehouse({ environment });
  const { deps } = server.gatehouse;
  const [unused, used, full] = [
    await signInAnonymously(server.url),
    await signInAnonymously(server.url),
    await signInAnonymously(server.url),
  ];
  expect((await upgrade(server.url, full)).status).toBe(200);
  server.clock.advance(6 * daySeconds);
  const body = { refreshToken: used.refreshToken };
  expect((await rest(server.url, "/v1/auth/refresh", { body })).status).toBe(200);
  server.clock.advance(5 * daySeconds);
  await eraseUnusedAnonymous({ ...deps, call: systemCall }, {}, attempt);
  const { rows } = await runSql(deps.db, `select public_id::text as id from "user"`);
  expect(rows.map((row) => Reflect.get(row as object, "id")).sort()).toEqual([used.userId, full.userId].sort());
  const gone = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: unused.refreshToken } });
  expect(gone.body.code).toBe("REFRESH_TOKEN_INVALID");
});

test("the numbers of a day count an anonymous account as a sign-up once it is a full one", async () => {
  await using server = await startGatehouse({ environment });
  const { deps } = server.gatehouse;
  const day = server.clock.now().toISOString().slice(0, 10);
  const signUps = async () => {
    await countAccountDay(deps.db, day);
    const { rows } = await runSql(deps.db, "select sign_ups::integer as number from account_day");
    return Reflect.get(rows[0] as object, "number");
  };
  const user = await signInAnonymously(server.url);
  await signInAnonymously(server.url);
  expect(await signUps()).toBe(0);
  await upgrade(server.url, user);
  expect(await signUps()).toBe(1);
});
