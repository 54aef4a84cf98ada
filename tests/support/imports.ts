import { randomBytes } from "node:crypto";
import type { Database } from "@gatehouse/server/database";
import {
  type ImportRecord,
  type ImportState,
  importUsers,
  openImport,
  type Refusal,
  type RefusalReport,
  systemClock,
  systemRandom,
} from "@gatehouse/server/import";

/** A report in memory; each of its bytes is a refusal. */
export class TestReport implements RefusalReport {
  refusals: readonly Refusal[] = [];

  async append(refusals: readonly Refusal[], afterBytes: number): Promise<number> {
    this.refusals = [...this.refusals.slice(0, afterBytes), ...refusals];
    return this.refusals.length;
  }
}

/** Records as a reader of a file hands them out, one byte and one line each, from this place on. */
export async function* recordsOf(users: readonly unknown[], from = 0): AsyncGenerator<readonly ImportRecord[]> {
  for (const [index, fields] of users.entries()) {
    if (index >= from) yield [{ line: index + 1, content: { fields }, nextByte: index + 1, nextLine: index + 2 }];
  }
}

/** Imports the users as a file of their own; throws if any was refused. */
export async function importAll(db: Database, users: readonly unknown[]): Promise<ImportState> {
  const report = new TestReport();
  const run = { records: recordsOf(users), report, onProgress: () => undefined, signal: new AbortController().signal };
  const deps = { db, clock: systemClock, random: systemRandom };
  const digest = randomBytes(32);
  const state = await importUsers(deps, { digest, from: await openImport(deps, digest) }, run);
  if (report.refusals.length > 0) throw new Error(`Refused: ${JSON.stringify(report.refusals)}`);
  return state;
}
