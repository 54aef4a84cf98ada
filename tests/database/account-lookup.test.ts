import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { findUserWithPassword } from "../../packages/server/src/auth/password/store.ts";
import { type Database, overPool } from "../../packages/server/src/database/connection.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";

/** Users, each with a device and some sessions on it. */
const userCount = 2000;
const sessionsPerUser = 5;

/** Sessions on the device of user 1, who signs in on it all the time. */
const manySessions = 10_000;

async function fill(database: TestDatabase): Promise<void> {
  await database.query(`
    begin; set local session_replication_role = replica;
    insert into "user" (id, public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
      overriding system value select n, gen_random_uuid(), name, name, 'en', 'active', '{}', now(), now()
      from generate_series(1, ${userCount}) n cross join lateral (select 'user' || n || '@example.com' as name) as named;
    insert into device (id, public_id, installation_id, user_id, platform, active, created_at, updated_at, last_seen_at)
      overriding system value select n, gen_random_uuid(), 'installation-' || n, n, 'ios', true, now(), now(), now()
      from generate_series(1, ${userCount}) n;
    insert into session (public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip,
        created_at, last_seen_at, idle_expires_at, expires_at)
      select gen_random_uuid(), id, id, '\\x01', 0, now(), true, '{pwd}', '192.0.2.1', now(), now(), now(), now()
      from device cross join lateral generate_series(1, case id when 1 then ${manySessions} else ${sessionsPerUser} end) n
      order by n, id;
    commit;
    analyze`);
}

const planNode = z.object({
  "Actual Rows": z.number(),
  "Actual Loops": z.number(),
  get Plans() {
    return z.array(planNode).optional();
  },
});

const explained = z.tuple([z.object({ "QUERY PLAN": z.tuple([z.object({ Plan: planNode })]) })]);

/** The most rows that a step of a statement reads. */
function mostRows(node: z.output<typeof planNode>): number {
  return Math.max(node["Actual Rows"] * node["Actual Loops"], ...(node.Plans ?? []).map(mostRows));
}

/** Runs each statement as an explained one, and returns the most rows that a step read. */
async function countRows(url: string, work: (db: Database) => Promise<unknown>): Promise<number> {
  const client = new Client(url);
  await client.connect();
  let most = 0;
  const query = async (text: string, values: unknown[]) => {
    const { rows } = await client.query(`explain (analyze, format json) ${text}`, values);
    most = Math.max(most, mostRows(explained.parse(rows)[0]["QUERY PLAN"][0].Plan));
    return await client.query(text, values);
  };
  const db = overPool({
    options: {},
    // Kysely calls only this form; the overloads of pg cannot be written as one function.
    connect: async () => ({ query: query as Client["query"], release: () => undefined }),
    end: () => client.end(),
  });
  await work(db);
  await db.destroy();
  return most;
}

describe.skipIf(postgresUnreachable)("the account of a login is found", () => {
  test("without reading other users' sessions on the named device, whose number would tell that there is an account", async () => {
    await using database = await createTestDatabase();
    await fill(database);
    const place = { installationId: "installation-1", ip: "203.0.113.9", userAgent: "another" };
    const find = (identifier: string) =>
      countRows(database.url, (db) => findUserWithPassword(db, { ...place, identifier }));
    expect(await find("user17@example.com")).toBeLessThanOrEqual(sessionsPerUser);
    expect(await find("nobody@example.com")).toBe(0);
  });
});
