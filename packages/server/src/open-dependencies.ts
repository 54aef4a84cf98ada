import { createPasskeyChallenges } from "./auth/passkey/challenge.ts";
import { createBreachCheck } from "./auth/password/breach-check.ts";
import { createPasswordPolicy, type PasswordPolicy } from "./auth/password/policy.ts";
import { ActorCache } from "./auth/session/actor-cache.ts";
import { RefreshKeys } from "./auth/session/refresh-keys.ts";
import { trackSessionChanges } from "./auth/session/track-changes.ts";
import { SessionWatch } from "./auth/session-events/watch.ts";
import { loadSigningKeys } from "./auth/signing-key/load.ts";
import { SocialProviders } from "./auth/social/providers.ts";
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
import type { PushSender } from "./delivery/push/push-sender.ts";
import { createMailSender, createPushSender, createSmsSender, warnOfMissingDelivery } from "./delivery/senders.ts";
import type { CallDependencies, Dependencies } from "./dependencies.ts";
import { encryptedColumns } from "./encrypted-columns.ts";
import { assertOpenable } from "./encryption/assert-openable.ts";
import { enqueueReencryption } from "./encryption/job.ts";
import { networkOf, wideNetworkOf } from "./http/network.ts";
import { type GatehouseJobHandler, jobHandlers } from "./job-handlers.ts";
import { type JobRuntime, openJobs } from "./jobs/runtime.ts";
import { openLimits } from "./limits/limits.ts";
import { createLogger, type Logger } from "./logging/logger.ts";
import { notificationWork } from "./notification/work.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { openPictures } from "./picture/pictures.ts";
import { RolePermissions } from "./role/role-permissions.ts";
import type { MetadataSchemas } from "./user/metadata/parse.ts";
import { followListenedEvents } from "./webhook/follow-listened-events.ts";

/** The options that servers and workers share. The last four are for tests; their defaults are the real ones. */
export interface OpenOptions {
  readonly config: Config;
  /** The app's own jobs, beside Gatehouse's; see docs/guides/jobs.md. Servers and workers take the same. Default none. */
  readonly jobs?: readonly GatehouseJobHandler[];
  /** Schemas for the metadata of users, applied to what is written; see docs/guides/profile.md. Default: any JSON. */
  readonly metadata?: MetadataSchemas;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly log?: Logger;
  readonly pushSender?: PushSender;
}

/** The opened dependencies of a server or a worker; disposing of them closes the database. */
export interface OpenedDependencies extends AsyncDisposable {
  readonly deps: Dependencies;
  readonly jobs: JobRuntime<CallDependencies>;
}

/**
 * Opens and migrates the database, loads the keys and opens the job queues. `isWorker` tells whether this process will run
 * jobs. Throws {@link StartupError}, and leaves nothing open.
 */
export async function openDependencies(options: OpenOptions, isWorker: boolean): Promise<OpenedDependencies> {
  const { config, clock = systemClock, random = systemRandom } = options;
  const log = options.log ?? (await createLogger(config.log));
  for (const warning of config.warnings) log.warn(warning);
  await using opened = new AsyncDisposableStack();
  // The hasher's thread starts while the database is opened.
  const hashing = adoptOnceOpen(opened, createPasswordHasher(config.passwordHashing));
  const db = opened.adopt(await openMigrated(config, log), (database) => database.destroy());
  const keyRing = new KeyRing(config.encryptionKeys, random, config.encryptionKeyVersion);
  await assertOpenable({ db, keyRing, places: encryptedColumns });
  const loaded = await loadSigningKeys({ db, keyRing, clock, log });
  const { signingKeys } = opened.adopt(loaded, (keys) => keys.close());
  const ttlSeconds = config.accessTokenTtlSeconds;
  const sessionWatch = opened.adopt(new SessionWatch({ db, clock, log }), (watch) => watch.stop());
  const onChange: SessionWatch["onChange"] = (sessionIds) => sessionWatch.onChange(sessionIds);
  const changes = { database: config.database, db, memorySeconds: ttlSeconds, log, onChange };
  const handlers = [...jobHandlers, ...(options.jobs ?? [])];
  // These wait for different threads and connections, so they start together.
  const [passwords, sessionChanges, jobs] = await Promise.all([
    hashing,
    adoptOnceOpen(opened, trackSessionChanges(changes)),
    adoptOnceOpen(opened, openJobs({ config, db, log, handlers, background: [notificationWork], isWorker })),
  ]);
  const counting = { config, db, keyRing, clock, log, networkOf, wideNetworkOf };
  const limits = opened.adopt(await openLimits(counting), (open) => open.close());
  const { listenedEvents } = opened.adopt(await followListenedEvents(db), (followed) => followed.stop());
  const outbound = createOutbound({ rules: config.outbound });
  const configured = opened.adopt(createPushSender({ config, db, clock }), (sender) => sender.close());
  const deps: Dependencies = {
    config,
    db,
    clock,
    random,
    keyRing,
    log,
    jobs: jobs.queue,
    signingKeys,
    accessTokens: createAccessTokens({ keys: signingKeys, issuer: config.publicUrl, ttlSeconds }),
    actorCache: new ActorCache(signingKeys),
    refreshKeys: new RefreshKeys(),
    sessionChanges,
    sessionWatch,
    passwords,
    passwordPolicy: passwordPolicyOf(config, log),
    passkeyChallenges: createPasskeyChallenges({ keyRing, clock, random }),
    cursors: createCursorCodec(keyRing),
    mailSender: await createMailSender({ config, db, clock }),
    smsSender: createSmsSender({ config, db, clock }),
    pushSender: options.pushSender ?? configured,
    pictures: await openPictures({ config, db, log }),
    metadata: options.metadata ?? {},
    limits,
    outbound,
    socialProviders: new SocialProviders({ config, clock, outbound }),
    listenedEvents,
    scopes: [],
    permissions: [],
    rolePermissions: new RolePermissions({ db, sessionChanges }),
  };
  warnOfMissingDelivery(deps);
  await enqueueReencryption({ db, keyRing, places: encryptedColumns, jobs: jobs.queue });
  const owned = opened.move();
  return { deps, jobs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Leaves it to the stack to close what is still being opened, even if something else fails first. */
function adoptOnceOpen<T extends { close(): Promise<void> }>(
  opened: AsyncDisposableStack,
  opening: Promise<T>,
): Promise<T> {
  // Handles the error here too, since `openDependencies` may still wait for something else when it occurs.
  const close = opening.then(
    (resource) => () => resource.close(),
    () => async () => undefined,
  );
  opened.defer(async () => (await close)());
  return opening;
}

async function openMigrated(config: Config, log: Logger): Promise<Database> {
  const db = await openDatabase(config.database, (err) => log.warn({ err }, "database connection lost"));
  try {
    await assertUsable(db);
    const migrations = await migrateToLatest(db);
    if (migrations.length > 0) log.info({ migrations }, "database migrated");
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

function passwordPolicyOf(config: Config, log: Logger): PasswordPolicy {
  const { breachCheckUrl: url } = config;
  return createPasswordPolicy({ config, isBreached: url === undefined ? undefined : createBreachCheck({ url, log }) });
}
