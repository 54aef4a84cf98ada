import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { listReachableDevices } from "../../packages/server/src/device/push-store.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import type { Account } from "./rest.ts";

/** The push tokens to which messages for somebody go now. */
export async function listTargets(
  server: TestGatehouse,
  { userId }: Pick<Account, "userId">,
): Promise<readonly string[]> {
  const { db, clock } = server.gatehouse.deps;
  const { rows } = await runSql(db, `select id from "user" where public_id = '${userId}'`);
  const userIds = rows.map(({ id }) => String(id));
  return (await listReachableDevices(db, { userIds, now: clock.now() })).map((device) => device.push_token);
}
