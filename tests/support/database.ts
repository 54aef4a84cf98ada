import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

/** Why the tests that need a real PostgreSQL are skipped, if they are: `describe.skipIf(postgresUnreachable)`. */
export const postgresUnreachable = "unreachable" in inject("postgres");

/** A database for one test, dropped with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Runs SQL directly, to read or arrange data that the server's calls cannot. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** A new migrated database on the real PostgreSQL; with `empty`, one without any table. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const postgres = inject("postgres");
  if ("unreachable" in postgres) throw new Error(postgres.unreachable);
  const name = `gatehouse_test_${randomUUID().replaceAll("-", "")}`;
  const strategy = postgres.isCopiedAsFiles ? "strategy file_copy" : "";
  await execute(
    postgres.url,
    `create database ${name} template ${empty ? "template1" : postgres.template} ${strategy}`,
  );
  const address = new URL(postgres.url);
  address.pathname = `/${name}`;
  return {
    url: address.href,
    query: (text, values = []) => execute(address.href, text, values),
    [Symbol.asyncDispose]: async () => {
      await execute(postgres.url, `drop database ${name} with (force)`);
    },
  };
}

async function execute(url: string, text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
