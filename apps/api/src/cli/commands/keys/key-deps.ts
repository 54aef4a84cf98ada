import {
  assertUsable,
  createLogger,
  type Database,
  loadConfig,
  migrateToLatest,
  openDatabase,
} from "@gatehouse/server/database";
import { KeyRing, systemClock, systemRandom } from "@gatehouse/server/keys";

/** What the commands about keys work with. */
export interface KeyDeps {
  readonly config: ReturnType<typeof loadConfig>;
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: typeof systemClock;
}

/** Runs the work on the configured database, migrated, with the configured keys. Throws `StartupError`. */
export async function withKeys<T>(work: (deps: KeyDeps) => Promise<T>): Promise<T> {
  const config = loadConfig();
  const log = await createLogger({ ...config.log, level: "warn" }, process.stderr);
  const db = await openDatabase(config.database, (err) => log.warn({ err }, "database connection lost"));
  try {
    await assertUsable(db);
    await migrateToLatest(db);
    const keyRing = new KeyRing(config.encryptionKeys, systemRandom, config.encryptionKeyVersion);
    return await work({ config, db, keyRing, clock: systemClock });
  } finally {
    await db.destroy();
  }
}
