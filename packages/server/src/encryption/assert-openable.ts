import { type KeyRing, UnsealError } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import { StartupError } from "../startup-error.ts";
import type { SealedData } from "./sealed-data.ts";
import { listVersionsInUse } from "./versions-in-use.ts";

/** The most values tried for each place and version. Several are tried, so that a damaged value does not reject a key. */
const maxSamples = 10;

interface OpenableOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly places: readonly SealedData[];
}

/**
 * Throws {@link StartupError} if the key ring lacks the key of a version in use, or holds a different key under that
 * version. A server that started anyway would fail in every call that opens such a value.
 */
export async function assertOpenable({ db, keyRing, places }: OpenableOptions): Promise<void> {
  const inUse = await listVersionsInUse(db, places);
  const missing = [...inUse].filter(([version]) => !keyRing.versions.includes(version));
  if (missing.length > 0) throw keyError(missing.map(describeMissing).join(" "));
  for (const place of places) {
    for (const version of await place.listVersions(db)) await assertOpens({ db, keyRing, place, version });
  }
}

function describeMissing([version, places]: readonly [version: number, places: readonly string[]]): string {
  return `ENCRYPTION_KEYS has no version ${version}, which sealed ${places.join(", ")} of this database.`;
}

interface Sample {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly place: SealedData;
  readonly version: number;
}

async function assertOpens({ db, keyRing, place, version }: Sample): Promise<void> {
  const samples = await place.list(db, { version, limit: maxSamples });
  const opens = samples.length === 0 || samples.some(({ sealed, context }) => canOpen(keyRing, sealed, context));
  if (opens) return;
  throw keyError(
    `The key of version ${version} in ENCRYPTION_KEYS is not the one that sealed ${place.name} of this database.`,
  );
}

function canOpen(keyRing: KeyRing, sealed: Uint8Array, context: string): boolean {
  try {
    keyRing.open(sealed, context);
    return true;
  } catch (error) {
    if (error instanceof UnsealError) return false;
    throw error;
  }
}

function keyError(finding: string): StartupError {
  const remedy =
    "Restore the keys that it was made with; `pnpm gatehouse keys list` says which versions are in use (docs/guides/keys.md).";
  return new StartupError("KeyError", `${finding} ${remedy}`);
}
