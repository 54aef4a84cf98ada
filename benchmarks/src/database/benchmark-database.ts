import { randomUUID } from "node:crypto";
import { migrateToLatest, openDatabase } from "@gatehouse/server/database";
import { Client } from "pg";
import { type ChildSurroundings, startChild } from "../processes/child.ts";
import type { PostgresAnswers } from "./postgres-process.ts";

/** The databases of one run. Disposing of them drops them. */
export interface BenchmarkDatabase extends AsyncDisposable {
  /** With Gatehouse's tables. */
  readonly url: string;
  /** Empty, on the same server: for a peer that makes its own tables, under the names that Gatehouse's have. */
  readonly peerUrl: string;
  /** Of PostgreSQL, such as `18.4`. */
  readonly serverVersion: string;
  /** Whether PostgreSQL was started for this run; it then does not wait for disks. */
  readonly isOwnServer: boolean;
  /**
   * Processor time of PostgreSQL so far, in microseconds; `null` where it was not started for this run, or the system does not
   * tell it.
   */
  postgresCpuMicros(): Promise<number | null>;
}

/** Makes the databases on the server of `TEST_DATABASE_URL`, or on one that it starts. */
export async function createBenchmarkDatabase(surroundings: ChildSurroundings): Promise<BenchmarkDatabase> {
  await using stack = new AsyncDisposableStack();
  const given = process.env["TEST_DATABASE_URL"];
  const own = given === undefined ? stack.use(await startPostgres(surroundings)) : undefined;
  const serverUrl = own?.ready ?? given;
  if (serverUrl === undefined) throw new Error("There is no PostgreSQL");
  const url = await createDatabase(stack, serverUrl);
  const peerUrl = await createDatabase(stack, serverUrl);
  await migrate(url);
  const [settings] = await execute(url, "show server_version");
  const owned = stack.move();
  return {
    url,
    peerUrl,
    serverVersion: String(settings?.["server_version"]),
    isOwnServer: own !== undefined,
    postgresCpuMicros: async () => (await own?.ask("postgresCpuMicros")) ?? null,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function createDatabase(stack: AsyncDisposableStack, serverUrl: string): Promise<string> {
  const name = `gatehouse_benchmark_${randomUUID().replaceAll("-", "")}`;
  await execute(serverUrl, `create database ${name}`);
  stack.defer(async () => {
    await execute(serverUrl, `drop database ${name} with (force)`);
  });
  return withDatabase(serverUrl, name);
}

async function startPostgres(surroundings: ChildSurroundings) {
  const module = new URL("./postgres-process.ts", import.meta.url);
  return await startChild<string, PostgresAnswers>({ ...surroundings, name: "postgres", module });
}

async function migrate(url: string): Promise<void> {
  const settings = { kind: "postgres", url, poolSize: 1, preparedStatements: false, pipelineConnections: 0 } as const;
  const db = await openDatabase(settings, () => undefined);
  try {
    await migrateToLatest(db);
  } finally {
    await db.destroy();
  }
}

async function execute(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
