import { Socket } from "node:net";
import { type Database, runSql } from "@gatehouse/server/database";
import { Client } from "pg";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DatabaseUnavailableError } from "../../packages/server/src/database/availability.ts";
import { prepareShortRead } from "../../packages/server/src/database/prepared-query.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount } from "../support/rest.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { openPostgres } from "./drivers.ts";

/** Says the word again, and over which connection it came. */
const echo = prepareShortRead((db, { word }: { word: string }) =>
  db.selectNoFrom((eb) => [
    eb.cast<string>(eb.val(word), "text").as("word"),
    eb.fn<string>("current_setting", [eb.val("application_name")]).as("via"),
    eb.fn<number>("pg_backend_pid").as("pid"),
  ]),
);
const divide = prepareShortRead((db, { by }: { by: number }) =>
  db.selectNoFrom((eb) =>
    eb(eb.cast<number>(eb.lit(12), "integer"), "/", eb.cast<number>(eb.val(by), "integer")).as("part"),
  ),
);
const sleep = prepareShortRead((db, { seconds }: { seconds: number }) =>
  db.selectNoFrom((eb) => [
    eb.fn("pg_sleep", [eb.cast(eb.val(seconds), "float8")]).as("slept"),
    eb.fn<string>("current_setting", [eb.val("application_name")]).as("via"),
    eb.fn<number>("pg_backend_pid").as("pid"),
  ]),
);
const selectUsers = prepareShortRead((db, { id }: { id: string }) =>
  db
    .selectFrom("user")
    .selectAll()
    .select((eb) => eb.fn<string>("current_setting", [eb.val("application_name")]).as("via"))
    .where("id", "=", id),
);

const lane = "gatehouse pipeline";
const pool = "gatehouse";

async function echoed(db: Database, word: string) {
  const [row] = await echo(db, { word });
  return row;
}

/** Opens a database whose lane has its connection. */
async function openLane(url: string, options: Parameters<typeof openPostgres>[1] = {}): Promise<Database> {
  const db = await openPostgres(url, { poolSize: 2, pipelineConnections: 1, ...options });
  await laneIsOpen(db);
  return db;
}

/** After which a lane that was given up is opened again. */
function passHalfAMinute(): void {
  const now = performance.now.bind(performance);
  const spy = vi.spyOn(performance, "now").mockImplementation(() => now() + 30_000);
  onTestFinished(() => spy.mockRestore());
}

const laneIsOpen = (db: Database) =>
  vi.waitFor(async () => expect(await echoed(db, "open?")).toMatchObject({ via: lane }), patience);

/** Who waits for a lock, and how many they are. */
const waiting = `select application_name as via, count(*)::int from pg_stat_activity
  where wait_event_type = 'Lock' and datname = current_database() group by 1`;

const lanes =
  "select 1 from pg_stat_activity where datname = current_database() and application_name = 'gatehouse pipeline'";

/** Locks the table of the users in another session until the lock is released. */
async function lockUsers({ url }: TestDatabase) {
  const client = new Client(url);
  await client.connect();
  await client.query('begin; lock table "user"');
  return { release: () => client.query("commit"), [Symbol.asyncDispose]: () => client.end() };
}

describe.skipIf(postgresUnreachable)("the lane for short reads", () => {
  test("takes reads outside transactions, and answers as the pool does", async () => {
    await using database = await createTestDatabase();
    await addUser(database);
    await using db = await openLane(database.url);
    await using pooled = await openPostgres(database.url);
    const [overLane] = await selectUsers(db, { id: "1" });
    const [overPool] = await selectUsers(pooled, { id: "1" });
    expect(overLane).toEqual({ ...overPool, via: lane });
    expect(overPool).toMatchObject({ id: "1", via: pool, created_at: expect.any(Date) });
  });

  test("sends the reads of one turn of the event loop by one write", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url);
    const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
    const writes = vi.spyOn(Socket.prototype, "_writev");
    onTestFinished(() => writes.mockRestore());
    const rows = await Promise.all(words.map((word) => echoed(db, word)));
    expect(rows).toMatchObject(words.map((word) => ({ word, via: lane })));
    expect(writes).toHaveBeenCalledTimes(1);
  });

  test("leaves reads of a transaction to its connection", async () => {
    await using database = await createTestDatabase();
    await using db = await openLane(database.url);
    await db.transaction().execute(async (trx) => {
      await runSql(trx, insertUser);
      expect(await selectUsers(trx, { id: "1" })).toMatchObject([{ via: pool }]);
      expect(await selectUsers(db, { id: "1" }), "before the commit").toEqual([]);
    });
    expect(await selectUsers(db, { id: "1" })).toMatchObject([{ via: lane }]);
  });

  test("keeps an error from the statements sent before and after it", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url);
    const before = await echoed(db, "before");
    await divide(db, { by: 1 });
    const words = Array.from({ length: 20 }, (_, index) => `word ${index}`);
    const sent = words.map((word) => ({ word, answer: echoed(db, word), error: divide(db, { by: 0 }) }));
    for (const { word, answer, error } of sent) {
      await expect(error).rejects.toMatchObject({ code: "22012" });
      expect(await answer).toEqual({ ...before, word });
    }
    expect(await divide(db, { by: 4 })).toEqual([{ part: 3 }]);
  });

  test("prepares a statement once, although its first uses come at once", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url);
    const mine = prepareShortRead((builder, { word }: { word: string }) =>
      builder
        .withTables<{ pg_prepared_statements: { statement: string } }>()
        .selectFrom("pg_prepared_statements")
        .select((eb) => [
          eb.cast<string>(eb.val(word), "text").as("word"),
          eb.cast<number>(eb.fn.countAll(), "integer").as("mine"),
        ])
        .where("statement", "like", "%pg_prepared_statements%"),
    );
    const first = await Promise.all(["a", "b", "c"].map(async (word) => (await mine(db, { word }))[0]?.word));
    expect(first).toEqual(["a", "b", "c"]);
    const later = await Promise.all(["d", "e", "f"].map(async (word) => (await mine(db, { word }))[0]));
    expect(later).toEqual(["d", "e", "f"].map((word) => ({ word, mine: 1 })));
  });

  test("tells each of the first uses of a statement why it failed, and prepares it when it can", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url);
    const late = prepareShortRead((builder, { id }: { id: number }) =>
      builder.withTables<{ late: { id: number } }>().selectFrom("late").select("id").where("id", "=", id),
    );
    for (const use of [late(db, { id: 1 }), late(db, { id: 2 }), late(db, { id: 3 })]) {
      await expect(use, "no such table").rejects.toMatchObject({ code: "42P01" });
    }
    await database.query("create table late as select generate_series(1, 3) as id");
    const found = await Promise.all([1, 2, 3].map((id) => late(db, { id })));
    expect(found).toEqual([1, 2, 3].map((id) => [{ id }]));
  });

  test("still reads after another server's migration changed the columns of a statement", async () => {
    await using database = await createTestDatabase();
    await addUser(database);
    await using db = await openLane(database.url);
    await selectUsers(db, { id: "1" });
    await database.query('alter table "user" add column nickname text');
    const found = await Promise.all(Array.from({ length: 3 }, () => selectUsers(db, { id: "1" })));
    for (const rows of found) expect(rows).toMatchObject([{ nickname: null, via: lane }]);
  });

  test("sends a read to the connection that owes the fewest answers", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url, { pipelineConnections: 2 });
    await vi.waitFor(async () => {
      const both = await Promise.all([echoed(db, "one"), echoed(db, "two")]);
      expect(new Set(both.map((row) => row?.pid)).size).toBe(2);
    }, patience);
    const [[slow], ...others] = await Promise.all([sleep(db, { seconds: 0.05 }), echo(db, { word: "a" })]);
    expect(others[0]?.[0]?.pid).not.toBe(slow?.pid);
  });
});

describe.skipIf(postgresUnreachable)("a lane that loses its connection", () => {
  test("fails the reads in flight as an outage, and reconnects", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using proxy = await startTcpProxy(database.url);
    await using db = await openLane(proxy.url);
    const inFlight = ["a", "b", "c"].map((word) => echoed(db, word));
    const failures = inFlight.map((read) => expect(read).rejects.toBeInstanceOf(DatabaseUnavailableError));
    await Promise.all([proxy.cut(), ...failures]);
    await proxy.restore();
    await laneIsOpen(db);
  });

  test("reports that PostgreSQL ended it, and reconnects", async () => {
    await using database = await createTestDatabase({ empty: true });
    const { promise: reported, resolve: report } = Promise.withResolvers<Error>();
    await using db = await openLane(database.url, { onIdleError: report });
    const ended = await echoed(db, "last");
    await database.query("select pg_terminate_backend($1)", [ended?.pid]);
    expect((await reported).message).toContain("terminating connection");
    await laneIsOpen(db);
    expect((await echoed(db, "again"))?.pid).not.toBe(ended?.pid);
  });
});

describe.skipIf(postgresUnreachable)("a statement of the lane that turns slow", () => {
  test("because of a lock waits in the pool, and later reads are answered meanwhile", async () => {
    await using database = await createTestDatabase();
    await addUser(database);
    await using db = await openLane(database.url, { poolSize: 15 });
    await using lock = await lockUsers(database);
    const blocked = Array.from({ length: 12 }, () => selectUsers(db, { id: "1" }));
    expect(await echoed(db, "behind")).toMatchObject({ word: "behind", via: pool });
    await vi.waitFor(async () => expect(await database.query(waiting)).toEqual([{ via: pool, count: 12 }]), patience);
    await lock.release();
    for (const rows of await Promise.all(blocked)) expect(rows).toMatchObject([{ id: "1", via: pool }]);
    passHalfAMinute();
    await laneIsOpen(db);
  });

  test("is ended by the lane's time limit, and repeated in the pool", async () => {
    await using database = await createTestDatabase({ empty: true });
    await using db = await openLane(database.url);
    const slow = sleep(db, { seconds: 1 });
    const finished: string[] = [];
    await Promise.all([
      slow.then(() => finished.push("slow")),
      echoed(db, "behind").then((row) => finished.push(row?.word ?? "")),
    ]);
    expect(finished).toEqual(["behind", "slow"]);
    expect(await slow).toMatchObject([{ via: pool }]);
  });
});

describe.skipIf(postgresUnreachable)("a statement that writes", () => {
  test("is refused as a short read, so the lane never sends it", async () => {
    await using database = await createTestDatabase();
    await using db = await openLane(database.url);
    const user = { id: "1" };
    const writes = [
      prepareShortRead((builder, { id }: { id: string }) => builder.deleteFrom("user").where("id", "=", id)),
      prepareShortRead((builder, { id }: { id: string }) =>
        builder.selectFrom("user").select("id").where("id", "=", id).forUpdate(),
      ),
      prepareShortRead((builder, { id }: { id: string }) =>
        builder
          .with("gone", (cte) => cte.deleteFrom("user").where("id", "=", id).returning("id"))
          .selectFrom("gone")
          .selectAll(),
      ),
    ];
    for (const write of writes) await expect(write(db, user)).rejects.toThrow(TypeError);
  });

  test("is refused by PostgreSQL on the lane, even inside a select", async () => {
    await using database = await createTestDatabase({ empty: true });
    await database.query("create table written (word text)");
    await database.query(`create function write(word text) returns text language sql
      as 'insert into written values (word) returning word'`);
    await using db = await openLane(database.url);
    const write = prepareShortRead((builder, { word }: { word: string }) =>
      builder.selectNoFrom((eb) => eb.fn<string>("write", [eb.cast(eb.val(word), "text")]).as("word")),
    );
    await expect(write(db, { word: "once" })).rejects.toMatchObject({ code: "25006" });
    expect(await database.query("select * from written")).toEqual([]);
  });
});

test.skipIf(postgresUnreachable)("a pooler that drops the lane's settings leaves reads to the pool", async () => {
  await using database = await createTestDatabase({ empty: true });
  await using pooler = await startTcpProxy(database.url, { toServer: withoutStatementTimeout });
  const { promise: reported, resolve: report } = Promise.withResolvers<Error>();
  await using db = await openPostgres(pooler.url, { pipelineConnections: 1, onIdleError: report });
  expect(await echoed(db, "first")).toMatchObject({ word: "first", via: pool });
  expect((await reported).message).toContain("pooler");
  expect(await echoed(db, "second")).toMatchObject({ word: "second", via: pool });
});

/** Takes the setting out of the first message of a connection, and leaves its length as it is. */
function withoutStatementTimeout(chunk: Buffer): Buffer {
  return Buffer.from(
    chunk.toString("latin1").replace("statement_timeout\0" + "250", "statement_timeout\0" + "000"),
    "latin1",
  );
}

const insertUser = `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
  values (gen_random_uuid(), 'a@example.com', 'a@example.com', 'en', 'active', '{}', now(), now())`;

const addUser = (database: TestDatabase) => database.query(insertUser);

test.skipIf(postgresUnreachable)("a caller that goes away neither delays nor cancels the reads of others", async () => {
  await using database = await createTestDatabase();
  await using server = await startGatehouse({ database, environment: { DATABASE_PIPELINE_CONNECTIONS: "1" } });
  const accounts = await Promise.all(Array.from({ length: 6 }, () => registerAccount(server.url)));
  const readMe = (account: (typeof accounts)[number], signal: AbortSignal | null = null) =>
    fetch(`${server.url}/v1/users/me`, { headers: { authorization: `Bearer ${account.accessToken}` }, signal });
  await vi.waitFor(async () => {
    await Promise.all(accounts.map((account) => readMe(account)));
    expect(await database.query(lanes)).toHaveLength(1);
  }, patience);
  await using lock = await lockUsers(database);
  const leaving = new AbortController();
  const left = accounts.map((account) => expect(readMe(account, leaving.signal)).rejects.toThrow());
  const stayed = accounts.map(async (account) => ({ account, response: await readMe(account) }));
  await vi.waitFor(async () => expect(await database.query(waiting)).not.toEqual([]), patience);
  leaving.abort();
  await Promise.all(left);
  await lock.release();
  for (const { account, response } of await Promise.all(stayed)) {
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: account.userId });
  }
});
