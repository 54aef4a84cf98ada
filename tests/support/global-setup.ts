// Runs once before all tests: finds or starts a PostgreSQL, prepares the database from which each test's database is copied,
// and makes the folder of the embedded ones.
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { type PostgresServer, startPostgresServer } from "./postgres-server.ts";
import { createScratchFolder } from "./scratch-folder.ts";
import { prepareTemplate } from "./template.ts";

/** Where a test's own database is made, and how. */
interface PostgresOfTests {
  readonly url: string;
  readonly template: string;
  /** As files, which is quick on a server that does not wait for disks; elsewhere as the server does by default. */
  readonly isCopiedAsFiles: boolean;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** The server that holds the tests' databases, or why there is none. */
    readonly postgres: PostgresOfTests | { readonly unreachable: string };
    /** The folder of the embedded databases that tests copy. */
    readonly embeddedTemplates: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const embeddedTemplates = await createScratchFolder("gatehouse-templates-");
  project.provide("embeddedTemplates", embeddedTemplates);
  // Also where the run is interrupted.
  process.once("exit", () => rmSync(embeddedTemplates, { recursive: true, force: true }));
  return await setUpPostgres(project);
}

/** Returns what undoes it. */
async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
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
  const connections = { poolSize: 1, preparedStatements: false, pipelineConnections: 0 };
  await prepareTemplate({ kind: "postgres", url: withDatabase(url, template), ...connections });
  project.provide("postgres", { url, template, isCopiedAsFiles: started !== undefined });
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
