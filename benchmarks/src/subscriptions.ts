import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { GatehouseEnvironment } from "./contestants/gatehouse.ts";
import type { Options } from "./options.ts";
import { type Child, startChild } from "./processes/child.ts";
import { describeMachine, describeVersions } from "./report/machine.ts";
import type { SubscriptionReport } from "./report/subscriptions.ts";
import { openRun } from "./run.ts";
import type { ReaderAnswers } from "./subscriptions/reader-process.ts";
import type { ServerAnswers } from "./subscriptions/server-process.ts";

/** Registered by one question, which is answered in time on a slow machine too. */
const usersAtOnce = 500;

/** Longer than the interval between two signs of life, in milliseconds, so that every stream has had one. */
const settleMillis = 20_000;

/** Hashes are not what is measured, and all readers are at one address. */
const settings: GatehouseEnvironment = {
  PASSWORD_HASH_MEMORY_KIB: "8192",
  PASSWORD_HASH_PASSES: "1",
  LIMIT_SUBSCRIPTIONS_PER_IP: "0",
  LIMIT_MAILS_PER_IP_PER_HOUR: "0",
};

/**
 * Opens subscriptions to `auth.onSessionChange`, each of a user of its own, and looks at Gatehouse's resident memory before
 * and after; then changes the roles of all at once. Throws where a stream is refused or lost, or somebody is not told.
 */
export async function runSubscriptions(options: Options, signal: AbortSignal): Promise<SubscriptionReport> {
  await using run = await openRun(signal);
  const { surroundings, database } = run;
  const startedAt = new Date();
  const environment = { ...run.settings.environment, ...settings };
  const serverModule = new URL("./subscriptions/server-process.ts", import.meta.url);
  await using server = await startChild<string, ServerAnswers>({
    ...surroundings,
    name: "gatehouse",
    module: serverModule,
    input: environment,
  });
  const readerModule = new URL("./subscriptions/reader-process.ts", import.meta.url);
  await using readers = await startChild<unknown, ReaderAnswers>({
    ...surroundings,
    name: "readers",
    module: readerModule,
    input: server.ready,
  });
  const startBytes = await settledBytes(server);
  const count = options.subscriptions;
  for (let left = count; left > 0; left -= usersAtOnce) await readers.ask("register", Math.min(left, usersAtOnce));
  const baseBytes = await settledBytes(server);
  await readers.ask("subscribe");
  const openBytes = await settledBytes(server);
  await expectAll(readers, "event: ping", count);
  const toldMillis = await timeToTellAll(readers, { url: database.url, count, signal });
  const toldBytes = await settledBytes(server);
  return {
    startedAt: startedAt.toISOString(),
    command: options.command,
    machine: describeMachine(),
    versions: { ...describeVersions(), postgres: database.serverVersion },
    subscriptions: count,
    startBytes,
    baseBytes,
    openBytes,
    toldBytes,
    toldMillis,
  };
}

/** Resident memory when what nobody needs is gone, and the allocator has had the time to give it back. */
async function settledBytes(server: Child<string, ServerAnswers>): Promise<number> {
  await server.ask("collectGarbage");
  await sleep(settleMillis);
  await server.ask("collectGarbage");
  const bytes = await server.residentBytes();
  console.log(`${Math.round(bytes / 2 ** 20)} MiB`);
  return bytes;
}

async function expectAll(readers: Child<unknown, ReaderAnswers>, text: string, count: number): Promise<void> {
  const { open, received } = await readers.ask("count", text);
  if (open !== count || received !== count) {
    throw new Error(`Of ${count} subscriptions ${open} are open, and ${received} have received "${text}"`);
  }
}

interface Change {
  readonly url: string;
  readonly count: number;
  readonly signal: AbortSignal;
}

/** From the commit of a change that concerns everybody until the last of them has heard of it. */
async function timeToTellAll(readers: Child<unknown, ReaderAnswers>, { url, count, signal }: Change): Promise<number> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(`update "user" set roles = '{subscriber}'`);
  } finally {
    await client.end();
  }
  const committedAt = performance.now();
  while ((await readers.ask("count", "roles_changed")).received < count) {
    signal.throwIfAborted();
    if (performance.now() - committedAt > settleMillis) await expectAll(readers, "roles_changed", count);
    await sleep(10);
  }
  return Math.round(performance.now() - committedAt);
}
