// Once before all tests: finds or starts a PostgreSQL and migrates the database that every test's own is copied from.
import { randomUUID } from "node:crypto";
import { migrateToLatest, openDatabase } from "@gatehouse/server/database";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
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
  const db = await openDatabase(
    { kind: "postgres", url: withDatabase(url, template), poolSize: 1, preparedStatements: false },
    () => undefined,
  );
  await migrateToLatest(db);
  await db.destroy();
  project.provide("postgres", { url, template });
  return async () => {
    await execute(url, `drop database if exists ${template} with (force)`);
    await started?.stop();
  };
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
