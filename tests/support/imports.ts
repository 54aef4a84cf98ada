import { randomBytes } from "node:crypto";
import type { Database } from "@gatehouse/server/database";
import {
  type ImportRecord,
  type ImportState,
  importUsers,
  openImport,
  operatorCall,
  type Refusal,
  type RefusalReport,
  systemClock,
  systemRandom,
  tryImport,
} from "@gatehouse/server/import";
import type { RegistrationIdentifier } from "../../packages/server/src/user/identifiers.ts";

/** A report in memory; each of its bytes is a refusal. */
export class TestReport implements RefusalReport {
  refusals: readonly Refusal[] = [];

  async append(refusals: readonly Refusal[], afterBytes: number): Promise<number> {
    this.refusals = [...this.refusals.slice(0, afterBytes), ...refusals];
    return this.refusals.length;
  }
}

/** Records as a reader of a file returns them from a place on, each one byte and one line long. */
export async function* recordsOf(users: readonly unknown[], from = 0): AsyncGenerator<readonly ImportRecord[]> {
  for (const [index, fields] of users.entries()) {
    if (index >= from) yield [{ line: index + 1, content: { fields }, nextByte: index + 1, nextLine: index + 2 }];
  }
}

/** The end of an import, and its refusals. */
interface Reported {
  readonly state: ImportState;
  readonly refusals: readonly Refusal[];
}

interface ImportOptions {
  readonly isTrial?: boolean;
  /** By what accounts can be registered. Default: by an address. */
  readonly identifiers?: readonly RegistrationIdentifier[];
}

/** Imports the users as a separate file, or does a dry run. */
export async function importReporting(
  db: Database,
  users: readonly unknown[],
  { isTrial = false, identifiers = ["email"] }: ImportOptions = {},
): Promise<Reported> {
  const report = new TestReport();
  const run = { records: recordsOf(users), report, onProgress: () => undefined, signal: new AbortController().signal };
  const config = { registrationIdentifiers: identifiers };
  const deps = { config, db, clock: systemClock, random: systemRandom, call: operatorCall };
  const digest = randomBytes(32);
  const state = isTrial
    ? await tryImport(deps, run)
    : await importUsers(deps, { digest, from: await openImport(deps, digest) }, run);
  return { state, refusals: report.refusals };
}

/** Imports the users as a separate file; throws if any was refused. */
export async function importAll(db: Database, users: readonly unknown[]): Promise<ImportState> {
  const { state, refusals } = await importReporting(db, users);
  if (refusals.length > 0) throw new Error(`Refused: ${JSON.stringify(refusals)}`);
  return state;
}
