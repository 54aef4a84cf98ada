import { runSql } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { keepPartitions } from "../../packages/server/src/audit/chain/partitions.ts";
import { drivers } from "../database/drivers.ts";
import { TestClock } from "../support/test-clock.ts";
import { type ChainLog, openChainLog } from "./chain-log.ts";

async function partitionsOf({ db }: ChainLog, month: string) {
  const { rows } = await runSql(
    db,
    `select tableoid::regclass::text as partition, count(*)::int as events from audit_event
      where date_trunc('month', at at time zone 'UTC') = '${month}' group by 1`,
  );
  return rows;
}

describe.each(drivers)("on %s", (driver) => {
  test("months get partitions ahead, and what lay in the default partition moves into its own", async () => {
    await using log = await openChainLog(driver);
    await log.write("2035-03-01", [1, 2]);
    await log.link(2);
    expect(await partitionsOf(log, "2035-03-01")).toEqual([{ partition: "audit_event_default", events: 2 }]);
    const clock = new TestClock(new Date("2035-02-10"));
    await keepPartitions({ ...log.deps, clock, config: { auditRetentionDays: 0 } });
    await keepPartitions({ ...log.deps, clock, config: { auditRetentionDays: 0 } });
    expect(await partitionsOf(log, "2035-03-01")).toEqual([{ partition: "audit_event_2035_03", events: 2 }]);
    await log.write("2035-04-01", [1]);
    expect(await partitionsOf(log, "2035-04-01")).toEqual([{ partition: "audit_event_2035_04", events: 1 }]);
    await expect(runSql(log.db, "delete from audit_event_default")).resolves.toMatchObject({ rows: [] });
    await expect(runSql(log.db, "delete from audit_event_2035_03")).rejects.toThrow("append-only");
    await expect(runSql(log.db, "truncate audit_event_2035_03")).rejects.toThrow("append-only");
    await log.link(1);
    expect(await log.verify()).toMatchObject({ events: 3, findings: 0 });
  });

  test("a month older than the retention time is dropped with its links, which is an event and no finding", async () => {
    await using log = await openChainLog(driver);
    await log.write("2035-03-01", [1, 2]);
    await log.write("2035-04-01", [1]);
    await log.link(3);
    const checkpoint = await log.checkpoint();
    const clock = new TestClock(new Date("2036-05-10"));
    await keepPartitions({ ...log.deps, clock, config: { auditRetentionDays: 400 } });
    expect([await partitionsOf(log, "2035-03-01"), await partitionsOf(log, "2035-04-01")]).toEqual([
      [],
      [{ partition: "audit_event_2035_04", events: 1 }],
    ]);
    const { rows } = await runSql(
      log.db,
      "select target_id, personal->'details'->>'links' as links from audit_event where action = 'audit_log.month_dropped' and target_id like '2035%'",
    );
    expect(rows).toEqual([{ target_id: "2035-03-01", links: "2" }]);
    await log.linkNow();
    expect((await log.verify(checkpoint === undefined ? [] : [checkpoint])).found).toEqual([]);
  });

  test("a month is missed whose drop somebody else stated, or proved by the drop of another month", async () => {
    await using log = await openChainLog(driver);
    for (const month of ["2035-03-01", "2035-04-01"]) await log.write(month, [1, 2]);
    await log.link(4);
    await log.checkpoint();
    await keepPartitions({ ...log.deps, clock: new TestClock(new Date("2036-05-10")) });
    await log.tamper("delete from audit_event_2035_04", "delete from audit_link where month = '2035-04-01'");
    await log.tamper(`insert into audit_event (at, action, actor_kind, target_kind, target_id, personal)
      select at, action, actor_kind, target_kind, '2035-04-01', personal from audit_event
        where action = 'audit_log.month_dropped' and target_id = '2035-03-01'`);
    await log.linkNow();
    expect((await log.verify()).found).toMatchObject([{ kind: "truncated", month: "2035-04-01", position: "2" }]);
  });
});
