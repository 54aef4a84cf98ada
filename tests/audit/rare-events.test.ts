import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EventFilter, listEvents, listEventsAfter } from "../../packages/server/src/audit/store.ts";
import { openMeasured } from "../database/rows-read.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";

/** Somebody in three old events, among events of and about others. */
const rare = crypto.randomUUID();
/** An operator who acted in half of all events. */
const busy = crypto.randomUUID();

const eventCount = 100_000;

/** The most rows that a page of 20 may read. */
const maxRows = 200;

const filters: readonly { readonly title: string; readonly filter: EventFilter }[] = [
  { title: "a rare target", filter: { target: rare } },
  { title: "a rare actor", filter: { actor: rare } },
  { title: "the account of a rare user", filter: { user: rare } },
  { title: "a rare target of a common action", filter: { target: rare, action: "user.updated" } },
  { title: "a rare actor of a common action", filter: { actor: rare, action: "user.updated" } },
  { title: "a rare target of a busy actor", filter: { target: rare, actor: busy } },
  { title: "a busy actor", filter: { actor: busy } },
  { title: "a target of nobody", filter: { target: crypto.randomUUID() } },
];

async function fill(database: TestDatabase): Promise<void> {
  await database.query(`
    insert into audit_event (at, action, actor_kind, actor_id, account_id, target_kind, target_id, personal)
    select now() - make_interval(mins => ${eventCount} - n), 'user.updated', 'user',
      case when n in (50, 60) then '${rare}'::uuid when n % 2 = 0 then '${busy}'::uuid else gen_random_uuid() end,
      case when n in (70, 80) then '${rare}'::uuid else gen_random_uuid() end, 'user',
      case when n in (90, 100) then '${rare}' else 'user ' || n % 20000 end, '{}'
    from generate_series(1, ${eventCount}) n`);
  await database.query("analyze");
}

describe.skipIf(postgresUnreachable)("among 100,000 events", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fill(database);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test.each(filters)("a page of the events of $title reads little, in both directions", async ({ filter }) => {
    await using measured = await openMeasured(database.url);
    await listEvents(measured.db, filter, { below: "9223372036854775807", limit: 21 });
    expect(measured.takeRowsRead()).toBeLessThan(maxRows);
    await listEventsAfter(measured.db, filter, { after: "0", limit: 21 });
    expect(measured.takeRowsRead()).toBeLessThan(maxRows);
  });
});
