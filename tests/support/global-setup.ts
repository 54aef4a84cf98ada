// Once before all tests: finds or starts a PostgreSQL and prepares the database that every test's own is copied from.
import { randomUUID } from "node:crypto";
import { migrateToLatest, openDatabase } from "@gatehouse/server/database";
import { Client } from "pg";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { jobHandlers } from "../../packages/server/src/job-handlers.ts";
import { openJobs } from "../../packages/server/src/jobs/runtime.ts";
import { type PostgresServer, startPostgresServer } from "./postgres-server.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server that holds the tests' databases, or why there is none. */
    readonly postgres: { readonly url: string; readonly template: string } | { readonly unreachable: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: PostgresServer | undefined;
  try {
    started = process.env["TEST_DATABASE_URL"] === undefined ? await startPostgresServer() : undefined;
  } catch (error) {
    const unreachable = `No PostgreSQL could be started here: ${error instanceof Error ? error.message : error}`;
    process.stderr.write(`${unreachable}\nSet TEST_DATABASE_URL to run the tests that need one; they are skipped.\n`);
    project.provide("postgres", { unreachable });
    return async () => undefined;
  }
  const url = started?.url ?? process.env["TEST_DATABASE_URL"] ?? "";
  const template = `gatehouse_template_${randomUUID().slice(0, 8)}`;
  await execute(url, `create database ${template}`);
  await prepare(withDatabase(url, template));
  project.provide("postgres", { url, template });
  return async () => {
    await execute(url, `drop database if exists ${template} with (force)`);
    await started?.stop();
  };
}

/** Migrates the template and makes its queues, so that no server of a test has to. */
async function prepare(url: string): Promise<void> {
  const database = { kind: "postgres", url, poolSize: 1, preparedStatements: false, pipelineConnections: 0 } as const;
  const db = await openDatabase(database, () => undefined);
  await migrateToLatest(db);
  const jobs = { isOn: true, concurrency: 1 };
  const options = { config: { database, jobs }, db, log: pino({ enabled: false }), isWorker: false };
  const runtime = await openJobs({ ...options, handlers: jobHandlers });
  await runtime.close();
  await db.destroy();
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}
