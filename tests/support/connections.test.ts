import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { connectionsPerFile, countWorkers, workersFor } from "./connections.ts";
import { createTestDatabase, postgresUnreachable } from "./database.ts";

test("two test files run at once on a server with a hundred connections, however many processes are allowed", () => {
  const each = connectionsPerFile;
  expect(workersFor({ free: 97, each, max: 16 })).toBe(2);
  expect(workersFor({ free: 97, each, max: 1 })).toBe(1);
  expect(workersFor({ free: 20, each, max: 16 })).toBe(1);
  expect(workersFor({ free: 1000, each, max: 16 })).toBe(16);
});

test.skipIf(postgresUnreachable)("files that run at once get the connections that they need", async () => {
  await using database = await createTestDatabase({ empty: true });
  const [row] = await database.query("select current_setting('max_connections')::int as most");
  const workers = await countWorkers(database.url);
  expect(workers).toBeGreaterThanOrEqual(1);
  expect(workers).toBeLessThanOrEqual(Math.max(1, Math.floor(Number(row?.["most"]) / connectionsPerFile)));
  expect(workers).toBeLessThanOrEqual(availableParallelism() + 1);
});
