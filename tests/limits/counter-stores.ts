import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { vi } from "vitest";
import { openDatabase } from "../../packages/server/src/database/connection.ts";
import type { CounterStore } from "../../packages/server/src/limits/counter.ts";
import { openMemoryCounters } from "../../packages/server/src/limits/memory-counters.ts";
import { openRedisCounters } from "../../packages/server/src/limits/redis-counters.ts";
import { openPostgresCounters } from "../../packages/server/src/limits/store.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { patience } from "../support/patience.ts";

/** A store as several instances have it open. */
interface OpenedStores extends AsyncDisposable {
  readonly instances: readonly [CounterStore, CounterStore];
}

/** One of the stores that limits can be counted in. */
export interface StoreKind {
  readonly name: string;
  /** Why its tests are skipped, if they are. */
  readonly unreachable: string | undefined;
  open(): Promise<OpenedStores>;
}

const redisUrl = process.env["REDIS_URL"];

/** Every store, and where it runs. */
export const storeKinds: readonly StoreKind[] = [
  { name: "memory", unreachable: undefined, open: openMemory },
  {
    name: "PostgreSQL",
    unreachable: postgresUnreachable ? "no PostgreSQL is reachable" : undefined,
    open: openPostgres,
  },
  { name: "Redis", unreachable: await whyNoRedis(), open: openRedis },
];

/** Memory belongs to one instance, which stands in for both. */
async function openMemory(): Promise<OpenedStores> {
  const store = openMemoryCounters();
  return { instances: [store, store], [Symbol.asyncDispose]: () => store.close() };
}

async function openPostgres(): Promise<OpenedStores> {
  const database = await createTestDatabase();
  const config = {
    kind: "postgres",
    url: database.url,
    poolSize: 5,
    preparedStatements: true,
    pipelineConnections: 0,
  } as const;
  const pools = [await openDatabase(config, () => undefined), await openDatabase(config, () => undefined)] as const;
  return {
    instances: [openPostgresCounters(pools[0]), openPostgresCounters(pools[1])],
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((pool) => pool.destroy()));
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Keys of their own, which Redis forgets when their windows are over. */
async function openRedis(): Promise<OpenedStores> {
  const prefix = `gatehouse-test:${randomUUID()}:`;
  const stores = [openAt(prefix), openAt(prefix)] as const;
  await Promise.all(stores.map(connected));
  return {
    instances: stores,
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

function openAt(prefix: string): CounterStore {
  return openRedisCounters(redisUrl ?? "", pino({ level: "silent" }), prefix);
}

/** A store fails what comes before it has a connection. */
async function connected(store: CounterStore): Promise<void> {
  await vi.waitFor(() => store.settle({ reset: ["nobody"] }), patience);
}

async function whyNoRedis(): Promise<string | undefined> {
  if (redisUrl === undefined) return "REDIS_URL is not set";
  const store = openAt("gatehouse-test:");
  try {
    await connected(store);
    return undefined;
  } catch (error) {
    return `no Redis is reachable at REDIS_URL: ${error instanceof Error ? error.message : error}`;
  } finally {
    await store.close();
  }
}
