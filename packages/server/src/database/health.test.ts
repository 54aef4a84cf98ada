import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { openDatabase } from "./connection.ts";
import { assertUsable, isReachable, refuseOldVersion } from "./health.ts";

async function openPostgres(url: string) {
  const config = { kind: "postgres", url, poolSize: 1, preparedStatements: true, pipelineConnections: 0 } as const;
  const db = await openDatabase(config, () => undefined);
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

/** Returns a port that refuses connections, because nothing listens on it any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 1;
}

test("a database that answers is reachable", async () => {
  const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);
  expect(await isReachable(db)).toBe(true);
  await assertUsable(db);
  await db.destroy();
  expect(await isReachable(db)).toBe(false);
});

test("when nothing listens, the error says so and names the setting to check", async () => {
  await using opened = await openPostgres(`postgres://user:hunter2@127.0.0.1:${await closedPort()}/db`);
  expect(await isReachable(opened.db)).toBe(false);
  const failure = expect.objectContaining({
    name: "DatabaseUnreachableError",
    message: expect.stringMatching(/ECONNREFUSED.*DATABASE_URL/),
  });
  await expect(assertUsable(opened.db)).rejects.toEqual(failure);
  await expect(assertUsable(opened.db)).rejects.not.toThrow("hunter2");
});

test("a host name with several addresses is reported with the reason for each", async () => {
  await using opened = await openPostgres(`postgres://localhost:${await closedPort()}/db`);
  await expect(assertUsable(opened.db)).rejects.toThrow("ECONNREFUSED");
});

test("a PostgreSQL before 15 is refused with its version", () => {
  expect(() => refuseOldVersion(140_012)).toThrow("The database is PostgreSQL 14.12; Gatehouse needs 15 or later.");
  expect(() => refuseOldVersion(150_000)).not.toThrow();
});
