import { randomBytes } from "node:crypto";
import { createGatehouse, type Gatehouse, type JobHandler, loadConfig, type MetadataSchemas } from "@gatehouse/server";
import type { TRPCRouterRecord } from "@trpc/server";
import { pino } from "pino";
import type { PushSender } from "../../packages/server/src/delivery/push/push-sender.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "./database.ts";
import { looseLimits } from "./default-settings.ts";
import { createEmbeddedDatabase } from "./embedded-database.ts";
import { TestClock } from "./test-clock.ts";

/** Makes a thousand hashes in a test cheap enough; every other setting is the default. */
const cheapHashing = { PASSWORD_HASH_MEMORY_KIB: "8192", PASSWORD_HASH_PASSES: "1" };

/** Repeated mails go at once, except in tests of the pauses. */
const withoutPauses = { LIMIT_MAIL_SPACING_SECONDS: "0" };

/** A server makes its OpenAPI document right after its start; tests that read it set `DOCS=on`, the default of servers. */
const withoutDocumentation = { DOCS: "off" };

/** Ten connections with the pipelined one, as `connectionsPerFile` counts them. */
const smallerPool = { DATABASE_POOL_SIZE: "9" };

interface TestGatehouseOptions {
  /** Variables of the environment, above those of the tests. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly routers?: TRPCRouterRecord;
  readonly jobs?: readonly JobHandler[];
  /** Schemas of the app for the metadata of users. */
  readonly metadata?: MetadataSchemas;
  readonly clock?: TestClock;
  /** Sends push messages. Default: as the settings say. */
  readonly pushSender?: PushSender;
  /** Another server's database, to run a second one on it. Default: a database of its own. */
  readonly database?: TestDatabase;
  /** Runs on the embedded database, although a PostgreSQL may be reachable. */
  readonly embedded?: boolean;
  /** Gets every line of the log as JSON. Default: the log is dropped. */
  readonly onLog?: (line: string) => void;
}

/** A running server on a free port, with a database and a clock of its own. */
export interface TestGatehouse extends AsyncDisposable {
  readonly url: string;
  readonly gatehouse: Gatehouse;
  readonly clock: TestClock;
  /** `undefined` if the server runs on the embedded database because no PostgreSQL is reachable. */
  readonly database: TestDatabase | undefined;
}

/** The same for all servers of a test run, so that two of them can share a database. */
const encryptionKeys = `1:${randomBytes(32).toString("base64")}`;

/** What is off by default and has calls of its own. */
const offeredByTests = { ANONYMOUS_USERS: "on", MFA_EMAIL_CODES: "on" };

/** Starts a server on a real PostgreSQL, or on an embedded database if none is reachable. */
export async function startGatehouse(options: TestGatehouseOptions = {}): Promise<TestGatehouse> {
  const { clock = new TestClock(), routers = {}, jobs = [], metadata = {}, environment = {} } = options;
  await using owned = new AsyncDisposableStack();
  const isEmbedded = options.database === undefined && (options.embedded === true || postgresUnreachable);
  const embedded = isEmbedded ? owned.use(await createEmbeddedDatabase()) : undefined;
  const database = isEmbedded ? undefined : (options.database ?? owned.use(await createTestDatabase()));
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
    ...withoutDocumentation,
    ...offeredByTests,
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
    ...(embedded === undefined ? {} : { DATA_DIR: embedded.folder }),
    ...environment,
  });
  const push = options.pushSender === undefined ? {} : { pushSender: options.pushSender };
  const log = pino({ level: "trace" }, { write: options.onLog ?? (() => undefined) });
  const gatehouse = owned.use(await createGatehouse({ config, routers, jobs, metadata, clock, log, ...push }));
  const url = await gatehouse.listen();
  const opened = owned.move();
  return { url, gatehouse, clock, database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
