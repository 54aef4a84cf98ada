import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type GatehouseChild, startGatehouse } from "../contestants/children.ts";
import type { ReaderAnswers } from "../load/reader-process.ts";
import type { Options } from "../options.ts";
import { type Child, startChild } from "../processes/child.ts";
import { toMib } from "../report/numbers.ts";
import { type Origin, originOf, originToMarkdown } from "../report/origin.ts";
import type { GatehouseEnvironment } from "../servers/gatehouse.ts";
import { openRun } from "./run.ts";

/** Users that one question registers: few enough for an answer in time on a slow machine. */
const usersAtOnce = 500;

/** Longer than the interval between two signs of life, in milliseconds, so that every stream has had one. */
const settleMillis = 20_000;

/** Cheap hashes, which are not measured, and no limits on the one address of all readers. */
const overrides: GatehouseEnvironment = {
  PASSWORD_HASH_MEMORY_KIB: "8192",
  PASSWORD_HASH_PASSES: "1",
  LIMIT_SUBSCRIPTIONS_PER_IP: "0",
  LIMIT_MAILS_PER_IP_PER_HOUR: "0",
};

/** The memory of a subscription, at most, in KiB. */
const allowedKib = 40;

/**
 * The report of a run with `--subscriptions`; `results/subscriptions.json` holds the last one that was published. Memory
 * is resident memory of the server, after garbage collection.
 */
interface SubscriptionReport extends Origin {
  readonly subscriptions: number;
  /** After the start, before the first call. */
  readonly startBytes: number;
  /** With all users signed in. */
  readonly baseBytes: number;
  /** With all subscriptions open, after each had a sign of life. */
  readonly openBytes: number;
  /** After each was told of a change. */
  readonly toldBytes: number;
  /** From the commit of the change until the last subscription was told. */
  readonly toldMillis: number;
}

/**
 * Opens subscriptions to `auth.onSessionChange`, each of a user of its own, and looks at Gatehouse's resident memory
 * before and after; then changes the roles of all at once. Throws where a stream is refused or lost, or a reader is not told.
 */
export async function runSubscriptions(options: Options, signal: AbortSignal): Promise<SubscriptionReport> {
  await using run = await openRun(signal);
  const { surroundings, database } = run;
  const startedAt = new Date();
  const environment = { ...run.settings.environment, ...overrides };
  await using server = await startGatehouse(surroundings, { ...run.settings, environment });
  const readerModule = new URL("../load/reader-process.ts", import.meta.url);
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
    ...originOf({ startedAt, command: options.command, serverVersion: database.serverVersion }),
    subscriptions: count,
    startBytes,
    baseBytes,
    openBytes,
    toldBytes,
    toldMillis,
  };
}

/** Resident memory after garbage collection, and after the allocator had the time to give memory back. */
async function settledBytes(server: GatehouseChild): Promise<number> {
  await server.ask("collectGarbage");
  await sleep(settleMillis);
  await server.ask("collectGarbage");
  const bytes = await server.residentBytes();
  console.log(`${Math.round(toMib(bytes))} MiB`);
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

/** Milliseconds from the commit of a change of all users until the last reader has heard of it. */
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

const mib = (bytes: number) => toMib(bytes).toFixed(1);
const kib = (bytes: number) => (bytes / 1024).toFixed(1);

/** The report as Markdown. */
export function subscriptionsToMarkdown(report: SubscriptionReport): string {
  const { subscriptions, startBytes, baseBytes, openBytes, toldBytes, toldMillis } = report;
  const highest = Math.max(openBytes, toldBytes);
  const rows = [
    ["started", startBytes],
    [`${subscriptions} users signed in: the base`, baseBytes],
    [`${subscriptions} subscriptions open, 20 s later`, openBytes],
    ["each told of a change of roles", toldBytes],
  ] as const;
  const cost = (fromBytes: number) =>
    `${mib(highest - fromBytes)} MiB, or ${kib((highest - fromBytes) / subscriptions)} KiB each`;
  const allowedMib = Math.floor((subscriptions * allowedKib) / 1024);
  return [
    originToMarkdown(report),
    "",
    `Resident memory of ${subscriptions} open subscriptions over the base: **${cost(baseBytes)}**; over a server that nobody ` +
      `has called: **${cost(startBytes)}**. Required of both is at most ${allowedMib} MiB, or ${allowedKib} KiB each. A change ` +
      `of all users' roles in one statement was told to the last of them ${toldMillis} ms after its commit.`,
    "",
    "| when | MiB | over the base |",
    "|---|--:|--:|",
    ...rows.map(([when, bytes]) => `| ${when} | ${mib(bytes)} | ${mib(bytes - baseBytes)} |`),
  ].join("\n");
}
