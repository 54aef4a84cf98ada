import {
  assertUsable,
  createLogger,
  type Database,
  loadConfig,
  migrateToLatest,
  openDatabase,
} from "@gatehouse/server/database";
import {
  assertOpenable,
  describeSigningKeys,
  encryptedColumns,
  KeyRing,
  listVersionsInUse,
  type ReencryptionResult,
  reencrypt,
  replaceSigningKeys,
  rotateSigningKey,
  type SigningKeyDescription,
  systemClock,
  systemRandom,
} from "@gatehouse/server/keys";
import type { Command } from "commander";
import { CommandError } from "./command-error.ts";
import { formatTable } from "./table.ts";

/** Adds `keys list`, `keys rotate` and `keys reencrypt`, for signing keys and encryption keys. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command("keys")
    .description("lists and rotates the keys that sign access tokens, and those that encrypt");
  keys
    .command("list")
    .description("lists the signing keys, and the data that each version of ENCRYPTION_KEYS has sealed")
    .action(() => withKeys(list));
  keys
    .command("rotate")
    .description("publishes the next signing key, which signs after SIGNING_KEY_LEAD_SECONDS")
    .option(
      "--now",
      "for a compromised key: delete all signing keys and sign with a new one; every access token ends at once",
    )
    .action(({ now }: { now?: true }) => withKeys(now ? replace : rotate));
  keys
    .command("reencrypt")
    .description("re-encrypts the data of older versions with the current one, so that the older keys can be dropped")
    .action(() => withKeys(sealAnew));
  keys.addHelpText("after", "\nSee docs/guides/keys.md.");
}

interface KeyDeps {
  readonly config: ReturnType<typeof loadConfig>;
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: typeof systemClock;
}

async function withKeys(work: (deps: KeyDeps) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const log = await createLogger({ ...config.log, level: "warn" }, process.stderr);
  const db = await openDatabase(config.database, (err) => log.warn({ err }, "database connection lost"));
  try {
    await assertUsable(db);
    await migrateToLatest(db);
    const keyRing = new KeyRing(config.encryptionKeys, systemRandom, config.encryptionKeyVersion);
    await work({ config, db, keyRing, clock: systemClock });
  } finally {
    await db.destroy();
  }
}

async function list(deps: KeyDeps): Promise<void> {
  const keys = await describeSigningKeys(deps);
  print("Signing keys");
  if (keys.length === 0) print("  none yet; the server makes one at its first start");
  else print(formatTable(["id", "state", "published", "signs from", "signs until", "accepted until"], keys.map(toRow)));
  print("\nVersions of ENCRYPTION_KEYS");
  print(formatTable(["version", "state", "sealed with it"], await describeVersions(deps)));
}

function toRow(key: SigningKeyDescription): readonly string[] {
  const times = [key.publishedAt, key.activatesAt, key.retiresAt, key.acceptedUntil];
  return [key.id, key.state, ...times.map((time) => (time === undefined ? "" : toSecond(time)))];
}

/** Operators do not need fractions of a second. */
const toSecond = (time: Date) => time.toISOString().replace(/\.\d+Z$/, "Z");

async function describeVersions({ db, keyRing }: KeyDeps): Promise<readonly (readonly string[])[]> {
  const inUse = await listVersionsInUse(db, encryptedColumns);
  const versions = new Set([...keyRing.versions, ...inUse.keys()]);
  return [...versions]
    .sort((a, b) => b - a)
    .map((version) => [String(version), stateOf(keyRing, version, inUse), (inUse.get(version) ?? []).join(", ")]);
}

function stateOf(keyRing: KeyRing, version: number, inUse: ReadonlyMap<number, unknown>): string {
  if (!keyRing.versions.includes(version)) return "missing: restore it";
  if (version === keyRing.currentVersion) return "encrypts";
  if (version > keyRing.currentVersion) return "opens, does not encrypt yet";
  return inUse.has(version) ? "opens" : "no longer in use: may be dropped";
}

async function rotate(deps: KeyDeps): Promise<void> {
  await assertOpenable({ ...deps, places: encryptedColumns });
  const { id, activatesAt, isNew } = await rotateSigningKey(deps);
  const begin = isNew ? `Published ${id}` : `${id} is published already, and comes next`;
  print(`${begin}; it signs from ${toSecond(activatesAt)}.`);
}

async function replace(deps: KeyDeps): Promise<void> {
  await assertOpenable({ ...deps, places: encryptedColumns });
  const { id, replaced } = await replaceSigningKeys(deps);
  print(`${id} signs from now on.`);
  for (const gone of replaced) print(`Deleted ${gone}; its access tokens have ended.`);
}

async function sealAnew(deps: KeyDeps): Promise<void> {
  await assertOpenable({ ...deps, places: encryptedColumns });
  const result = await reencrypt({ ...deps, places: encryptedColumns });
  print(summarize(result, deps.keyRing.currentVersion));
  if (result.unopened.length > 0) {
    const reasons = result.unopened.map(({ message }) => `  ${message}`).join("\n");
    throw new CommandError(`${result.unopened.length} values cannot be opened, and stay as they are:\n${reasons}`);
  }
  print(formatTable(["version", "state", "sealed with it"], await describeVersions(deps)));
}

function summarize({ resealed }: ReencryptionResult, version: number): string {
  if (resealed.size === 0) return `Everything is sealed with version ${version}.`;
  const counts = [...resealed].map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  return `Sealed anew with version ${version}: ${counts.join(", ")}.`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
