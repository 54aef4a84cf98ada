import { expect, test } from "vitest";
import { type DatabaseTransaction, inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { fanOutStep } from "../../packages/server/src/notification/fan-out.ts";
import { lockNextFanOut } from "../../packages/server/src/notification/fan-out-store.ts";
import { claimDeliveries, settleDeliveries } from "../../packages/server/src/notification/ledger-store.ts";
import { postgresUnreachable } from "../support/database.ts";
import { addDevices, fanOut, sendFor, startPushScene, work } from "../support/notifications.ts";

const everyone = { audience: { everyone: true } };

/** The rows that the connection has read so far, of this transaction and perhaps of some before it. */
async function countRead(trx: DatabaseTransaction): Promise<number> {
  const { rows } = await runSql(
    trx,
    "select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as count from pg_stat_xact_user_tables",
  );
  return Number(rows[0]?.["count"]);
}

test.skipIf(postgresUnreachable)(
  "each step reads a few rows for each of its devices, though the tables grew since they were analyzed",
  async () => {
    await using scene = await startPushScene();
    const { server } = scene;
    const { deps } = server.gatehouse;
    const now = server.clock.now();
    // Connections keep plans for tables of this size.
    await addDevices(server, { count: 10 });
    for (const _time of [1, 2, 3]) {
      await sendFor(scene, everyone);
      await work(server);
    }
    await addDevices(server, { count: 20_000 });
    await sendFor(scene, everyone);
    await inTransaction(deps.db, async (trx) => {
      const before = await countRead(trx);
      const notification = await lockNextFanOut(trx, { now, except: [] });
      if (notification === undefined) throw new Error("Nothing is to be sent");
      expect(await fanOutStep(deps, trx, notification)).toEqual({ added: 1000, isEnd: false });
      // The device by its id, as a device to send to, its session and its user.
      expect((await countRead(trx)) - before).toBeLessThan(5 * 1000);
    });
    await fanOut(server);
    await inTransaction(deps.db, async (trx) => {
      const before = await countRead(trx);
      const claimed = await claimDeliveries(trx, { now, leaseUntil: now, limit: 500 });
      expect(claimed).toHaveLength(500);
      const afterClaim = await countRead(trx);
      // The delivery that is due, to change it, its device, the session and the user.
      expect(afterClaim - before).toBeLessThan(6 * 500);
      const sent = { state: "sent" as const, reason: null, due_at: now };
      await settleDeliveries(
        trx,
        claimed.map((delivery) => ({ ...delivery, ...sent })),
        now,
      );
      expect((await countRead(trx)) - afterClaim).toBeLessThan(2 * 500);
    });
  },
);
