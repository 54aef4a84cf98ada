import { encryptedColumns, type KeyRing, listVersionsInUse } from "@gatehouse/server/keys";
import { formatTable } from "../../table.ts";
import type { KeyDeps } from "./key-deps.ts";

/** A version of `ENCRYPTION_KEYS`, and the data that it has sealed. */
interface VersionDescription {
  readonly version: number;
  readonly state: string;
  readonly seals: readonly string[];
}

/** Describes the versions that are configured or in use, the newest first. */
export async function describeVersions({ db, keyRing }: KeyDeps): Promise<readonly VersionDescription[]> {
  const inUse = await listVersionsInUse(db, encryptedColumns);
  const versions = new Set([...keyRing.versions, ...inUse.keys()]);
  return [...versions]
    .sort((a, b) => b - a)
    .map((version) => ({ version, state: stateOf(keyRing, version, inUse), seals: inUse.get(version) ?? [] }));
}

function stateOf(keyRing: KeyRing, version: number, inUse: ReadonlyMap<number, unknown>): string {
  if (!keyRing.versions.includes(version)) return "missing: restore it";
  if (version === keyRing.currentVersion) return "encrypts";
  if (version > keyRing.currentVersion) return "opens, does not encrypt yet";
  return inUse.has(version) ? "opens" : "no longer in use: may be dropped";
}

/** Writes the versions as a table. */
export function formatVersions(versions: readonly VersionDescription[]): string {
  const rows = versions.map(({ version, state, seals }) => [String(version), state, seals.join(", ")]);
  return formatTable(["version", "state", "sealed with it"], rows);
}
