import { isIPv6 } from "node:net";
import type { TRPCRouterRecord } from "@trpc/server";
import type { FastifyInstance } from "fastify";
import { createAppRouter } from "./app-router.ts";
import { ActorCache, followSessionChanges } from "./auth/session/index.ts";
import { loadSigningKeys } from "./auth/signing-key/index.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import { createAccessTokens } from "./crypto/access-token.ts";
import { createCursorCodec } from "./crypto/cursor.ts";
import { KeyRing } from "./crypto/key-ring.ts";
import { createPasswordHasher } from "./crypto/password-hashing.ts";
import { type RandomSource, systemRandom } from "./crypto/random.ts";
import { type Database, openDatabase } from "./database/connection.ts";
import { assertUsable } from "./database/health.ts";
import { migrateToLatest } from "./database/migrate.ts";
import type { Dependencies } from "./dependencies.ts";
import { createHttpServer } from "./http/server.ts";
import { createLogger, type Logger } from "./logging/logger.ts";
import { StartupError } from "./startup-error.ts";
import { version } from "./version.ts";

/** What an app decides; the last three are for tests, and have real defaults. */
export interface GatehouseOptions<Records extends TRPCRouterRecord> {
  readonly config: Config;
  /** The app's own procedures, mounted beside Gatehouse's. */
  readonly routers: Records;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly log?: Logger;
}

/** A server that is ready to listen. */
export interface Gatehouse {
  readonly deps: Dependencies;
  /** The HTTP server, for an app's own plugins and routes, and for tests. */
  readonly http: FastifyInstance;
  /**
   * Starts to answer; resolves with the address to call, such as `http://localhost:3000`. Where it cannot, it closes and
   * throws {@link StartupError}.
   */
  listen(): Promise<string>;
  /** Finishes what runs, for `SHUTDOWN_TIMEOUT_SECONDS` at most, and closes the database. May be called again. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens and migrates the database, loads the keys and builds the server. It throws rather than start with a wrong
 * configuration or against a database that does not suit it: {@link StartupError}.
 */
export async function createGatehouse<Records extends TRPCRouterRecord>(
  options: GatehouseOptions<Records>,
): Promise<Gatehouse> {
  const log = options.log ?? (await createLogger(options.config.log));
  const db = await openDatabase(options.config.database, (err) => log.warn({ err }, "database connection lost"));
  try {
    await assertUsable(db);
    const migrations = await migrateToLatest(db);
    if (migrations.length > 0) log.info({ migrations }, "database migrated");
    return await build(options, db, log);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function build<Records extends TRPCRouterRecord>(
  options: GatehouseOptions<Records>,
  db: Database,
  log: Logger,
): Promise<Gatehouse> {
  const { config, routers, clock = systemClock, random = systemRandom } = options;
  const keyRing = new KeyRing(config.encryptionKeys, random);
  const { signingKey, publicKeys, jwks } = await loadSigningKeys({ db, keyRing, clock });
  const ttlSeconds = config.accessTokenTtlSeconds;
  const router = createAppRouter(routers);
  const passwords = await createPasswordHasher(config.passwordHashing);
  const deps: Dependencies = {
    config,
    db,
    clock,
    random,
    keyRing,
    log,
    accessTokens: createAccessTokens({ signingKey, publicKeys, issuer: config.publicUrl, ttlSeconds }),
    actorCache: new ActorCache(),
    sessionChanges: await followSessionChanges({ database: config.database, memorySeconds: ttlSeconds, log }),
    passwords,
    cursors: createCursorCodec(keyRing),
  };
  let closing: Promise<void> | undefined;
  const isStopping = () => closing !== undefined;
  const http = await createHttpServer({ deps, router, jwks, version, isStopping }).catch(async (error: unknown) => {
    await deps.sessionChanges.close();
    throw error;
  });
  const close = () => (closing ??= shutDown(http, deps));
  const listenOrClose = () =>
    listen(http, config).catch(async (error: unknown) => {
      await close();
      throw error;
    });
  return { deps, http, close, listen: listenOrClose, [Symbol.asyncDispose]: close };
}

async function listen(http: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await http.listen({ host, port });
    const address = http.server.address();
    const boundPort = typeof address === "object" && address !== null ? address.port : port;
    return `http://${isIPv6(host) ? `[${host}]` : host}:${boundPort}`;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    const message = `Port ${port} of ${host} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`;
    throw new StartupError("AddressInUseError", message, { cause });
  }
}

async function shutDown(http: FastifyInstance, { db, config, log, sessionChanges }: Dependencies): Promise<void> {
  const timeout = setTimeout(() => {
    log.warn("requests did not finish in time, closing their connections");
    http.server.closeAllConnections();
  }, config.shutdownTimeoutSeconds * 1000);
  try {
    await http.close();
  } finally {
    clearTimeout(timeout);
    await sessionChanges.close();
    await db.destroy();
  }
}
