import { expect, test, vi } from "vitest";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { claimDeliveries } from "../../packages/server/src/notification/ledger-store.ts";
import { createPartition } from "../../packages/server/src/notification/partition-store.ts";
import { keepLedgerPartitions } from "../../packages/server/src/notification/partitions.ts";
import { deleteNotificationsBefore } from "../../packages/server/src/notification/store.ts";
import { postgresUnreachable } from "../support/database.ts";
import {
  addDevices,
  countsOf,
  deliver,
  fanOut,
  type PushScene,
  sendFor,
  startPushScene,
} from "../support/notifications.ts";
import { patience } from "../support/patience.ts";
import { TestClock } from "../support/test-clock.ts";

const daySeconds = 24 * 60 * 60;

const partitionsOf = async ({ server }: PushScene) =>
  (
    await runSql(
      server.gatehouse.deps.db,
      "select tableoid::regclass::text as partition, count(*)::int as count from notification_delivery group by 1 order by 1",
    )
  ).rows;

test.each([false, true])(
  "deliveries lie in months, which are dropped after the retention time (embedded: %s)",
  async (embedded) => {
    await using scene = await startPushScene({ clock: new TestClock(new Date("2035-03-10")), embedded });
    const { server, sender } = scene;
    const keep = () => keepLedgerPartitions(server.gatehouse.deps);
    await addDevices(server, { count: 2 });
    const id = await sendFor(scene, { audience: { everyone: true } });
    await fanOut(server);
    expect(await partitionsOf(scene)).toEqual([{ partition: "notification_delivery_default", count: 2 }]);
    // What was queued goes on in its partition.
    await keep();
    await keep();
    expect(await partitionsOf(scene)).toEqual([{ partition: "notification_delivery_2035_03", count: 2 }]);
    await deliver(server);
    expect([await countsOf(scene, id), sender.messages.length]).toEqual([{ sent: 2 }, 2]);
    server.clock.advance(111 * daySeconds);
    await keep();
    expect(await partitionsOf(scene)).toEqual([{ partition: "notification_delivery_2035_03", count: 2 }]);
    server.clock.advance(daySeconds);
    await keep();
    expect(await partitionsOf(scene)).toEqual([]);
    const { db } = server.gatehouse.deps;
    expect(await deleteNotificationsBefore(db, new Date("2035-03-10"), 1000)).toBe(0);
    expect(await deleteNotificationsBefore(db, new Date("2035-03-12"), 1000)).toBe(1);
  },
);

test.skipIf(postgresUnreachable)("a month is created while workers claim, and neither ends the other", async () => {
  await using scene = await startPushScene();
  const { server } = scene;
  const { db } = server.gatehouse.deps;
  const now = server.clock.now();
  const claim = () => inTransaction(db, (trx) => claimDeliveries(trx, { now, leaseUntil: now, limit: 1 }));
  const waiting = `select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  const waitFor = (count: number) =>
    vi.waitFor(async () => expect((await runSql(db, waiting)).rows).toHaveLength(count), patience);
  const others: Promise<unknown>[] = [];
  await inTransaction(db, async (trx) => {
    await claimDeliveries(trx, { now, leaseUntil: now, limit: 1 });
    others.push(inTransaction(db, (own) => createPartition(own, "2041-05-01")));
    await waitFor(1);
    others.push(claim());
    await waitFor(2);
  });
  await expect(Promise.all(others)).resolves.toEqual([undefined, []]);
});
