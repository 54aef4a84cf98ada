import { expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import {
  claimDeliveries,
  lockNotifications,
  settleDeliveries,
} from "../../packages/server/src/notification/ledger-store.ts";
import { settleAttempt } from "../../packages/server/src/notification/settlement.ts";
import { postgresUnreachable } from "../support/database.ts";
import { addDevices, deliver, fanOut, read, sendFor, startPushScene, work } from "../support/notifications.ts";
import { patience } from "../support/patience.ts";

const everyone = { audience: { everyone: true } };

const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
  and query like '%for no key update%'`;

test.skipIf(postgresUnreachable)(
  "deliveries whose settling is cut off by PostgreSQL are settled, and sent once",
  async () => {
    await using scene = await startPushScene();
    const { server, sender } = scene;
    const { db } = server.gatehouse.deps;
    await addDevices(server, { count: 20 });
    const id = await sendFor(scene, everyone);
    await fanOut(server);
    let working: Promise<void> | undefined;
    await inTransaction(db, async (trx) => {
      const row = await trx
        .selectFrom("notification")
        .select("id")
        .where("public_id", "=", id)
        .executeTakeFirstOrThrow();
      await lockNotifications(trx, [row.id]);
      working = deliver(server);
      const cut = `select pg_terminate_backend(pid) from (${waiting}) as settling`;
      await vi.waitFor(async () => expect((await runSql(db, cut)).rows).toHaveLength(1), patience);
    });
    await working;
    expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, sent: 20 } });
    expect(sender.messages).toHaveLength(20);
  },
);

test("a settling that is repeated, because nobody knew whether it was stored, counts once", async () => {
  await using scene = await startPushScene();
  const { server } = scene;
  const { db, random } = server.gatehouse.deps;
  await addDevices(server, { count: 3 });
  const id = await sendFor(scene, everyone);
  await fanOut(server);
  const now = server.clock.now();
  const claimed = await inTransaction(db, (trx) => claimDeliveries(trx, { now, leaseUntil: now, limit: 2 }));
  const context = { clock: server.clock, random, expiresAt: now, isAborted: false };
  const settlements = claimed.map((delivery) => settleAttempt(delivery, { status: "sent" }, context));
  for (const _time of [1, 2]) await inTransaction(db, (trx) => settleDeliveries(trx, settlements, now));
  expect(await read(scene, id)).toMatchObject({ status: "sending", counts: { queued: 1, sent: 2 } });
  await work(server);
  expect(await read(scene, id)).toMatchObject({ status: "done", counts: { queued: 0, sent: 3 } });
});
