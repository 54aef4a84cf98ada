import { runSql } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { eraseEvents } from "../../packages/server/src/audit/erase.ts";
import { recordEvent } from "../../packages/server/src/audit/record.ts";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { postgresUnreachable } from "../support/database.ts";
import { share } from "../support/shared-gatehouse.ts";
import { openChainLog } from "./chain-log.ts";

/** Each test has a month of its own, so that what it breaks is found there alone. */
let months = 0;
function newMonth(): string {
  months += 1;
  return new Date(Date.UTC(2031, months - 1)).toISOString().slice(0, 10);
}

test("on the embedded database an untouched log is verified", async () => {
  await using log = await openChainLog("PGlite");
  await log.write("2031-01-01", [1, 2]);
  await log.link(2);
  await log.checkpoint();
  expect(await log.verify()).toMatchObject({ events: 2, checkpoints: 1, findings: 0 });
});

test("a chain goes on from its last link, however many digits its position has", async () => {
  await using log = await openChainLog("PGlite");
  const account = crypto.randomUUID();
  for (const count of [9, 2, 90, 950, 3]) {
    await runSql(
      log.db,
      `insert into audit_event (at, action, actor_kind, target_kind, target_id, personal)
        select '2031-01-02', 'user.updated', 'system', 'user', '${account}', '{}' from generate_series(1, ${count})`,
    );
    // The embedded database has no other transaction that would hold links back.
    expect(await log.linkNow()).toBe(count);
    await log.checkpoint();
  }
  expect(await log.verify()).toMatchObject({ events: 1054, checkpoints: 5, findings: 0 });
});

describe.skipIf(postgresUnreachable)("the verification of the audit log", () => {
  const log = share(() => openChainLog("PostgreSQL"));

  /** A month with five linked events under a checkpoint. */
  async function linkedMonth() {
    const month = newMonth();
    const events = await log().write(month, [1, 2, 3, 4, 10]);
    await log().link(5);
    const checkpoint = await log().checkpoint();
    if (checkpoint === undefined) throw new Error("The heads have moved");
    const [, second, third] = events;
    if (second === undefined || third === undefined) throw new Error("There are five events");
    return { month, events, second, third, checkpoint };
  }

  test("finds nothing in an untouched log, also while events wait for their links", async () => {
    const { month } = await linkedMonth();
    await log().write(month, [11]);
    expect(await log().findingsIn(month)).toEqual([]);
    await log().link(1);
    expect(await log().findingsIn(month)).toEqual([]);
  });

  test.each([
    "action = 'user.created'",
    "at = at + interval '1 microsecond'",
    "actor_kind = 'operator'",
    "actor_id = gen_random_uuid()",
    "impersonator_id = gen_random_uuid()",
    "api_key_id = gen_random_uuid()",
    "account_id = null",
    "target_kind = 'role'",
    "target_id = 'other'",
    "request_id = null",
    "public_id = gen_random_uuid()",
    `personal = jsonb_set(personal, '{ip}', '"198.51.100.1"')`,
    "personal = '{}'",
  ])("names an edited event: %s", async (change) => {
    const { month, second } = await linkedMonth();
    await log().tamper(`update audit_event set ${change} where id = ${second.id}`);
    expect(await log().findingsIn(month)).toEqual([{ kind: "edited", position: "2", eventId: second.id }]);
  });

  test("names an event that was removed", async () => {
    const { month, second } = await linkedMonth();
    await log().tamper(`delete from audit_event where id = ${second.id}`);
    expect(await log().findingsIn(month)).toEqual([{ kind: "removed", position: "2", eventId: second.id }]);
  });

  test("names the place of an event that was removed with its link", async () => {
    const { month, second } = await linkedMonth();
    await log().tamper(
      `delete from audit_event where id = ${second.id}`,
      `delete from audit_link where month = '${month}' and position = 2`,
    );
    expect(await log().findingsIn(month)).toEqual([{ kind: "removed", position: "2", eventId: null }]);
  });

  test("names the link after one that was removed and closed up", async () => {
    const { month, second, third } = await linkedMonth();
    await log().tamper(
      `delete from audit_event where id = ${second.id}`,
      `delete from audit_link where month = '${month}' and position = 2`,
      `update audit_link set position = position - 1 where month = '${month}' and position = 3`,
      `update audit_link set position = position - 1 where month = '${month}' and position = 4`,
      `update audit_link set position = position - 1 where month = '${month}' and position = 5`,
    );
    const found = await log().findingsIn(month);
    expect(found).toContainEqual({ kind: "edited", position: "2", eventId: third.id });
    expect(found).toContainEqual({ kind: "truncated", position: "5", eventId: null });
  });

  test("names events in one another's place", async () => {
    const { month, second, third } = await linkedMonth();
    await log().tamper(
      `update audit_link set event_id = -event_id where month = '${month}' and position in (2, 3)`,
      `update audit_link set event_id = ${third.id} where month = '${month}' and position = 2`,
      `update audit_link set event_id = ${second.id} where month = '${month}' and position = 3`,
    );
    expect(await log().findingsIn(month)).toEqual([
      { kind: "edited", position: "2", eventId: third.id },
      { kind: "edited", position: "3", eventId: second.id },
    ]);
  });

  const insertAt = (month: string, transaction: string) => `
    insert into audit_event (at, action, actor_kind, target_kind, target_id, personal, transaction_id)
    values ('${month}'::timestamp at time zone 'UTC' + interval '2 days', 'user.updated', 'system', 'user', 'x', '{}', ${transaction})`;

  async function newestEvent(): Promise<string> {
    const { rows } = await runSql(log().db, "select max(id)::text as id from audit_event");
    return String(rows[0]?.["id"]);
  }

  test("names an event that was inserted past the chain", async () => {
    const { month } = await linkedMonth();
    await log().tamper(insertAt(month, "'3'"));
    expect(await log().findingsIn(month)).toEqual([{ kind: "inserted", position: null, eventId: await newestEvent() }]);
  });

  test("names an event that was inserted later than it states", async () => {
    const { month } = await linkedMonth();
    await log().tamper(insertAt(month, "pg_current_xact_id()"));
    await log().link(1);
    expect(await log().findingsIn(month)).toEqual([{ kind: "inserted", position: "6", eventId: await newestEvent() }]);
  });

  const truncate = (month: string, events: readonly { readonly id: string }[]) => [
    `delete from audit_event where id in (${events.map(({ id }) => id).join(", ")})`,
    `delete from audit_link where month = '${month}' and position > ${5 - events.length}`,
  ];

  test("finds that the end was cut off, by a checkpoint", async () => {
    const { month, events } = await linkedMonth();
    await log().tamper(...truncate(month, events.slice(3)));
    expect(await log().findingsIn(month)).toEqual([{ kind: "truncated", position: "5", eventId: null }]);
  });

  test("finds that a whole month is gone", async () => {
    const { month, events } = await linkedMonth();
    await log().tamper(...truncate(month, events));
    expect(await log().findingsIn(month)).toEqual([{ kind: "truncated", position: "5", eventId: null }]);
  });

  test("finds by a checkpoint that was kept elsewhere that the end is gone with its checkpoint", async () => {
    const { month, events, checkpoint } = await linkedMonth();
    await log().tamper(
      ...truncate(month, events.slice(3)),
      `delete from audit_checkpoint where token = '${checkpoint}'`,
    );
    expect(await log().findingsIn(month)).toEqual([]);
    expect(await log().findingsIn(month, [checkpoint])).toEqual([{ kind: "truncated", position: "5", eventId: null }]);
  });

  test("finds that a month was edited and linked anew", async () => {
    const { month, second } = await linkedMonth();
    await log().tamper(
      `update audit_event set target_id = 'other' where id = ${second.id}`,
      `delete from audit_link where month = '${month}'`,
      "update audit_chain set horizon = '0'",
    );
    await log().link(5);
    expect(await log().findingsIn(month)).toEqual([{ kind: "rewritten", position: "5", eventId: null }]);
  });

  test("erased details leave the log intact, and nothing of them", async () => {
    const { month, second } = await linkedMonth();
    const before = await log().verify();
    await inTransaction(log().db, (trx) => eraseEvents(trx, second.account));
    expect((await log().verify()).erased).toBe(before.erased + 1);
    expect(await log().findingsIn(month)).toEqual([]);
    const { rows } = await runSql(
      log().db,
      `select personal, salt from audit_event join audit_link on event_id = id where id = ${second.id}`,
    );
    expect(rows).toEqual([{ personal: {}, salt: null }]);
  });

  test("an event whose transaction is still open is linked after its end, and keeps nobody waiting", async () => {
    const { deps, db, clock, link, linkNow, write, findingsIn } = log();
    const month = newMonth();
    const call = { ...deps, clock };
    const written = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const slow = inTransaction(db, async (trx) => {
      await recordEvent(call, trx, { action: "role.created", kind: "role", targetId: "slow" });
      written.resolve();
      await held.promise;
    });
    await written.promise;
    await write(month, [1, 2]);
    expect(await linkNow()).toBe(0);
    held.resolve();
    await slow;
    await link(3);
    expect(await findingsIn(month)).toEqual([]);
  });

  test("a restored backup, whose transactions had higher numbers, is linked to its end", async () => {
    const month = newMonth();
    const events = await log().write(month, [1, 2]);
    const ids = events.map(({ id }) => id).join(", ");
    await log().tamper(
      `update audit_event set transaction_id = '9000000000000' where id in (${ids})`,
      "update audit_chain set horizon = '8000000000000'",
    );
    await log().link(2);
    const { rows } = await runSql(log().db, `select count(*)::int as links from audit_link where month = '${month}'`);
    expect(rows).toEqual([{ links: 2 }]);
    expect(await log().findingsIn(month)).toEqual([]);
  });

  test.each([
    "update audit_event set action = 'x'",
    "delete from audit_event",
    "truncate audit_event",
    "truncate audit_event_default",
    "update audit_link set position = 7",
    "delete from audit_link",
    "truncate audit_link",
  ])("refuses: %s", async (statement) => {
    await linkedMonth();
    await expect(runSql(log().db, statement)).rejects.toThrow("append-only");
  });

  // The last test, as what it finds belongs to no month.
  test("finds a checkpoint that was removed, and one that was signed by somebody else", async () => {
    const { checkpoint } = await linkedMonth();
    const { checkpoint: removed } = await linkedMonth();
    await linkedMonth();
    await log().tamper(`delete from audit_checkpoint where token = '${removed}'`);
    expect(log().logged.join()).toContain(checkpoint);
    expect(await log().findingsIn(null)).toEqual([{ kind: "checkpoint", position: null, eventId: null }]);
    const [header, payload] = checkpoint.split(".");
    const forged = `${header}.${payload}.${"A".repeat(86)}`;
    expect(await log().findingsIn(null, [forged])).toHaveLength(2);
  });
});
