import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServerSettings, type ServerSettings } from "../contestants/settings.ts";
import { type BenchmarkDatabase, createBenchmarkDatabase } from "../database/benchmark-database.ts";
import type { ChildSurroundings } from "../processes/child.ts";

/** The databases, the settings and the logs that the processes of a run share. */
export interface Run extends AsyncDisposable {
  readonly surroundings: ChildSurroundings;
  readonly database: BenchmarkDatabase;
  readonly settings: ServerSettings;
}

/** Makes the databases and a folder for logs. Disposing of it drops them, after everything that was started on them. */
export async function openRun(signal: AbortSignal): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const logFolder = await mkdtemp(join(tmpdir(), "gatehouse-benchmark-"));
  stack.defer(() => rm(logFolder, { recursive: true }));
  const surroundings = { logFolder, signal };
  const database = stack.use(await createBenchmarkDatabase(surroundings));
  const settings = createServerSettings(database);
  const owned = stack.move();
  return { surroundings, database, settings, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
