import { randomBytes } from "node:crypto";
import { expect, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { type ServerProcess, startServerProcess } from "../support/server-process.ts";
import { endings } from "./endings.ts";
import { type ListeningProxy, startListeningProxy } from "./listening-proxy.ts";
import { callThroughEnd } from "./stream-of-calls.ts";

/** Two processes on one database, of which the second hears of changed sessions through a proxy. */
export interface Instances extends AsyncDisposable {
  readonly database: TestDatabase;
  /** The process on which sessions start and end, with the mailbox of what it sends. */
  readonly first: TestGatehouse;
  readonly second: ServerProcess;
  readonly proxy: ListeningProxy;
  /** Lets the second process hear again, and waits until it does. */
  recover(): Promise<void>;
}

const listeners = `select pid from pg_stat_activity
  where application_name = 'gatehouse listener' and datname = current_database()`;

/** Starts the processes, and beside them a server that only reads the mail. */
export async function startInstances(): Promise<Instances> {
  await using opened = new AsyncDisposableStack();
  const database = opened.use(await createTestDatabase());
  const ENCRYPTION_KEYS = `1:${randomBytes(32).toString("base64")}`;
  const environment = {
    ENCRYPTION_KEYS,
    PUBLIC_URL: "http://gatehouse.test",
    PASSWORD_HASH_MEMORY_KIB: "8192",
    PASSWORD_HASH_PASSES: "1",
  };
  const proxy = opened.use(await startListeningProxy(database.url));
  const mailbox = opened.use(await startGatehouse({ database, environment: { ...environment, JOBS: "off" } }));
  const first = opened.use(await startServerProcess({ ...environment, DATABASE_URL: database.url }));
  const second = opened.use(await startServerProcess({ ...environment, DATABASE_URL: proxy.url }));
  const readListeners = async () => (await database.query(listeners)).map(({ pid }) => pid);
  const { length: count } = await readListeners();
  const owned = opened.move();
  return {
    database,
    first: { ...mailbox, url: first.url },
    second,
    proxy,
    async recover() {
      const before = await readListeners();
      proxy.cut();
      proxy.restore();
      await vi.waitFor(async () => {
        const now = await readListeners();
        expect(now).toHaveLength(count);
        expect(before).not.toEqual(expect.arrayContaining(now));
      }, patience);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * Ends a session on the first instance in each of these ways, while the second, which has verified its token and remembers
 * it, is called with it.
 */
export async function endAll({ first, second }: Instances, names: readonly string[], boundMillis: () => number) {
  const outcomes = names.map(async (name) => {
    const account = await registerAccount(first.url);
    const end = await endings[name]?.(first, account);
    if (end === undefined) throw new Error(`There is no ending by ${name}`);
    const call = () => rest(second.url, "/v1/users/me", { token: account.accessToken });
    for (const { status } of [await call(), await call()]) {
      if (status !== 200) throw new Error(`The session ended before ${name}`);
    }
    return { name, end, token: account.accessToken };
  });
  const prepared = await Promise.all(outcomes);
  const bound = boundMillis();
  const streams = prepared.map(async ({ name, ...stream }) => [
    name,
    await callThroughEnd({ ...stream, url: second.url, boundMillis: bound }),
  ]);
  return Object.fromEntries(await Promise.all(streams));
}
