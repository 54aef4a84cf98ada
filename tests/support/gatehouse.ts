import { randomBytes } from "node:crypto";
import { createGatehouse, type Gatehouse, type JobHandler, loadConfig } from "@gatehouse/server";
import type { TRPCRouterRecord } from "@trpc/server";
import { pino } from "pino";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "./database.ts";
import { looseLimits } from "./loose-limits.ts";
import { TestClock } from "./test-clock.ts";

/** Cheap enough to be hashed a thousand times in a test; every other setting is the default. */
const cheapHashing = { PASSWORD_HASH_MEMORY_KIB: "8192", PASSWORD_HASH_PASSES: "1" };

/** A mail that is asked for again comes at once, except where a test is about the pauses. */
const withoutPauses = { LIMIT_MAIL_SPACING_SECONDS: "0" };

/** Ten connections with the pipelined one, as `connectionsPerFile` counts them. */
const smallerPool = { DATABASE_POOL_SIZE: "9" };

interface TestGatehouseOptions {
  /** Variables of the environment, above those of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly routers?: TRPCRouterRecord;
  readonly jobs?: readonly JobHandler[];
  readonly clock?: TestClock;
  /** Another server's database, to run a second one on it. Default: a database of its own. */
  readonly database?: TestDatabase;
  /** Runs on the embedded database, in memory, although a PostgreSQL may be reachable. */
  readonly embedded?: boolean;
  /** Takes every line of the log as JSON. Default: nobody sees it. */
  readonly onLog?: (line: string) => void;
}

/** A running server on a free port, with a database and a clock of its own. */
export interface TestGatehouse extends AsyncDisposable {
  readonly url: string;
  readonly gatehouse: Gatehouse;
  readonly clock: TestClock;
  /** `undefined` where the server runs on the embedded database, for want of a PostgreSQL. */
  readonly database: TestDatabase | undefined;
}

/** The same for all servers of a test run, so that two of them can share a database. */
const encryptionKeys = `1:${randomBytes(32).toString("base64")}`;

/** Starts a server on a real PostgreSQL, or on an embedded database in memory where none is reachable. */
export async function startGatehouse(options: TestGatehouseOptions = {}): Promise<TestGatehouse> {
  const { clock = new TestClock(), routers = {}, jobs = [], environment = {} } = options;
  const isEmbedded = options.embedded === true || postgresUnreachable;
  const database = options.database ?? (isEmbedded ? undefined : await createTestDatabase());
  const config = loadConfig({
    NODE_ENV: "test",
    HOST: "127.0.0.1",
    PORT: "0",
    PUBLIC_URL: "http://gatehouse.test",
    ENCRYPTION_KEYS: encryptionKeys,
    ...cheapHashing,
    ...smallerPool,
    ...looseLimits,
    ...withoutPauses,
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
    ...environment,
  });
  const embedded = { ...config, database: { kind: "embedded", directory: undefined } as const };
  const log = pino({ level: "trace" }, { write: options.onLog ?? (() => undefined) });
  const gatehouse = await createGatehouse({
    config: database === undefined ? embedded : config,
    routers,
    jobs,
    clock,
    log,
  });
  return {
    url: await gatehouse.listen(),
    gatehouse,
    clock,
    database,
    async [Symbol.asyncDispose]() {
      await gatehouse.close();
      if (options.database === undefined) await database?.[Symbol.asyncDispose]();
    },
  };
}
