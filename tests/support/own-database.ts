import { Client } from "pg";
import { type PostgresServer, startPostgresServer } from "./postgres-server.ts";

/** A database for one program, dropped with it; tests use `createTestDatabase`. */
export interface OwnDatabase extends AsyncDisposable {
  readonly url: string;
}

/** Makes an empty one on the server of `TEST_DATABASE_URL`, or on one that it starts. */
export async function createOwnDatabase(name: string): Promise<OwnDatabase> {
  const given = process.env["TEST_DATABASE_URL"];
  const started: PostgresServer | undefined = given === undefined ? await startPostgresServer() : undefined;
  const serverUrl = given ?? started?.url ?? "";
  await execute(serverUrl, `create database ${name}`);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  return {
    url: address.href,
    async [Symbol.asyncDispose]() {
      await execute(serverUrl, `drop database ${name} with (force)`);
      await started?.stop();
    },
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  await client.query(statement);
  await client.end();
}
