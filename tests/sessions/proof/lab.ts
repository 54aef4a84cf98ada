import { hash } from "node:crypto";
import { Client, Pool } from "pg";
import { pino } from "pino";
import { loadConfig } from "../../../packages/server/src/config.ts";
import type { Dependencies } from "../../../packages/server/src/dependencies.ts";
import { openDependencies } from "../../../packages/server/src/open-dependencies.ts";
import { TestClock } from "../../support/test-clock.ts";
import { Control } from "./control.ts";
import { lifetimes } from "./family-model.ts";
import { SignedInFamilies } from "./family-row.ts";
import { Gathered } from "./gathered.ts";

/** One connection for each kind of question to the database, and one that signs users in. */
const controlConnections = 4;

/** What all worlds of a process share: a migrated PostgreSQL, and what does not depend on time or instance. */
export interface Lab extends AsyncDisposable {
  /** One pool for each of the two instances. */
  readonly pools: readonly [Pool, Pool];
  /** Reads rows and lock waits over connections that belong to no instance. */
  readonly control: Control;
  readonly families: SignedInFamilies;
  readonly shared: Omit<Dependencies, "db" | "clock" | "actorCache" | "refreshKeys" | "sessionChanges">;
  readonly notifications: Notifications;
}

/** The database's own notifications, kept until somebody takes them. */
interface Notifications {
  /** Keeps those for a session, until they are forgotten. */
  watch(sessionId: string): void;
  /** How many for a session were committed before the call. */
  count(sessionId: string): Promise<number>;
  forget(sessionId: string): void;
}

/** Opens the database, which must be there and may be empty, for so many worlds at a time. */
export async function openLab(url: string, worlds: number): Promise<Lab> {
  const config = loadConfig({
    NODE_ENV: "test",
    PUBLIC_URL: "http://gatehouse.test",
    // The same in each process of a proof. It protects nothing: the database is made for the proof, and dropped.
    ENCRYPTION_KEYS: `1:${hash("sha256", "a proof", "base64")}`,
    DATABASE_URL: url,
    REFRESH_GRACE_SECONDS: String(lifetimes.grace),
    ACCESS_TOKEN_TTL_SECONDS: String(lifetimes.accessToken),
    REMEMBERED_SESSION_IDLE_SECONDS: String(lifetimes.idle),
    REMEMBERED_SESSION_TTL_SECONDS: String(lifetimes.total),
    DATABASE_POOL_SIZE: "2",
    JOBS: "off",
  });
  const opened = await openDependencies({ config, clock: new TestClock(), log: pino({ level: "silent" }) }, false);
  // Each world's instances follow the changes themselves; this one would read those of all worlds, over and over.
  await opened.deps.sessionChanges.close();
  // Even a single world has up to three requests on one instance, besides those that a crash of it has cut off.
  const instanceConnections = 2 * worlds + 2;
  const pools = [openPool(url, instanceConnections), openPool(url, instanceConnections)] as const;
  const controlPool = openPool(url, controlConnections);
  const listener = await listen(url);
  return {
    pools,
    control: new Control(controlPool),
    families: new SignedInFamilies(controlPool, opened.deps),
    notifications: listener,
    // What webhooks listen to is read on a timer; a late reading would add statements to the schedules.
    shared: { ...opened.deps, listenedEvents: { mayListen: () => false, markChanged: () => undefined } },
    async [Symbol.asyncDispose]() {
      await listener.close();
      await opened[Symbol.asyncDispose]();
      await Promise.all([...pools, controlPool].map((pool) => pool.end()));
    },
  };
}

/**
 * A commit is visible at once and may be lost with the server: nobody here loses power. Statements are planned while the
 * tables are empty, and must not go on reading them whole when they are long, on a server that does not analyze them.
 */
const poolOptions = "-c synchronous_commit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

function openPool(connectionString: string, max: number): Pool {
  const pool = new Pool({ connectionString, max, options: poolOptions, idleTimeoutMillis: 0 });
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

async function listen(url: string): Promise<Notifications & { close(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  const counts = new Map<string, number>();
  // What was committed before a statement of the listening connection is heard before its answer.
  const committed = new Gathered<string, number>(async () => {
    await client.query("select 1");
    return (sessionId) => counts.get(sessionId) ?? 0;
  });
  client.on("notification", ({ payload = "" }) => {
    const count = counts.get(payload);
    if (count !== undefined) counts.set(payload, count + 1);
  });
  await client.connect();
  await client.query("listen gatehouse_session_change");
  return {
    watch: (sessionId) => void counts.set(sessionId, 0),
    count: (sessionId) => committed.ask(sessionId),
    forget: (sessionId) => void counts.delete(sessionId),
    close: () => client.end(),
  };
}
