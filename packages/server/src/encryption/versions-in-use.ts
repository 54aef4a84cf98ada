import type { Database } from "../database/connection.ts";
import type { SealedData } from "./sealed-data.ts";

/** Returns the key versions of all sealed values, the lowest first, each with the names of the places that use it. */
export async function listVersionsInUse(
  db: Database,
  places: readonly SealedData[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found: [version: number, place: string][] = [];
  for (const place of places) {
    for (const version of await place.listVersions(db)) found.push([version, place.name]);
  }
  const sorted = found.sort(([a], [b]) => a - b);
  const groups = Map.groupBy(sorted, ([version]) => version);
  return new Map([...groups].map(([version, group]) => [version, group.map(([, place]) => place)]));
}
