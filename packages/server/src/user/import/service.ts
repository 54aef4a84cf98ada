import type { Clock } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/index.ts";
import { type PreparedBatch, type PreparedUser, prepareBatches } from "./prepare.ts";
import { type ImportRecord, ImportRunningError, type Refusal, type RefusalReport } from "./record.ts";
import {
  addUsers,
  type Clash,
  createTrial,
  findClashes,
  findTrialClashes,
  forgetImportState,
  holdImportState,
  type ImportRow,
  type ImportState,
  importStart,
  moveImportState,
  openImportState,
  tryUsers,
} from "./store.ts";

interface ImportDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** What is imported, and who hears of it. */
interface ImportRun {
  /** The file's records, some at a time, from where the import goes on. */
  readonly records: AsyncIterable<readonly ImportRecord[]>;
  readonly report: RefusalReport;
  /** Hears of every batch. */
  readonly onProgress: (state: ImportState) => void;
  /** Ends the import after the batch that is under way. */
  readonly signal: AbortSignal;
}

/** Where an import goes on. */
interface ImportPlace {
  /** SHA-256 of the file. */
  readonly digest: Uint8Array;
  /** As {@link openImport} answered it, and where the records begin. */
  readonly from: ImportState;
}

/** How far the import of the file with this SHA-256 is; one not seen before is at its beginning. */
export async function openImport(deps: Omit<ImportDeps, "random">, digest: Uint8Array): Promise<ImportState> {
  return await openImportState(deps.db, digest, deps.clock.now());
}

/** Lets the import of this file begin at its beginning again. */
export async function restartImport(deps: Pick<ImportDeps, "db">, digest: Uint8Array): Promise<void> {
  await forgetImportState(deps.db, digest);
}

/**
 * Adds the users of the records, batch by batch, and answers with how far it came. A batch, its place in the file and
 * the length of the report are committed together: however a run ends, the next one takes up each record exactly once.
 * Throws {@link ImportRunningError}.
 */
export async function importUsers(
  deps: ImportDeps,
  { digest, from }: ImportPlace,
  run: ImportRun,
): Promise<ImportState> {
  let state = from;
  const advance = async (work: (trx: DatabaseTransaction) => Promise<ImportState>) => {
    state = await inTransaction(deps.db, async (trx) => {
      // Before anything is written: the report is not for two to write.
      if (!(await holdImportState(trx, digest, state))) throw new ImportRunningError();
      const next = await work(trx);
      await moveImportState(trx, digest, { ...next, updatedAt: deps.clock.now() });
      return next;
    });
    run.onProgress(state);
  };
  for await (const batch of batchesOf(deps, run)) {
    await advance((trx) => addBatch(realUsers(trx, deps.clock.now()), batch, { state, report: run.report }));
    if (run.signal.aborted) return state;
  }
  await advance(async () => await finish(state, { report: run.report, now: deps.clock.now() }));
  return state;
}

/**
 * Answers with what {@link importUsers} would have done from the first record on. It is one transaction of which nothing
 * stays; it locks no user, for those it would add are in a table of its own.
 */
export async function tryImport(deps: ImportDeps, run: ImportRun): Promise<ImportState> {
  return await inTransaction(deps.db, async (trx) => {
    await createTrial(trx);
    let state = importStart;
    for await (const batch of batchesOf(deps, run)) {
      state = await addBatch(trialUsers(trx, deps.clock.now()), batch, { state, report: run.report });
      run.onProgress(state);
      if (run.signal.aborted) return state;
    }
    return await finish(state, { report: run.report, now: deps.clock.now() });
  });
}

function batchesOf({ clock, random }: ImportDeps, { records }: ImportRun): AsyncIterable<PreparedBatch> {
  return prepareBatches(records, { now: () => clock.now(), newId: () => random.uuid() });
}

/** Where users are added to. */
interface Users {
  /** Answers with the public ids of those that clash with nobody, and are added. */
  add(rows: readonly ImportRow[]): Promise<ReadonlySet<string>>;
  clashes(rows: readonly ImportRow[]): Promise<readonly Clash[]>;
}

function realUsers(trx: DatabaseTransaction, now: Date): Users {
  return { add: (rows) => addUsers(trx, rows, now), clashes: (rows) => findClashes(trx, rows) };
}

function trialUsers(trx: DatabaseTransaction, now: Date): Users {
  return { add: (rows) => tryUsers(trx, rows, now), clashes: (rows) => findTrialClashes(trx, rows) };
}

interface Reached {
  readonly state: ImportState;
  readonly report: RefusalReport;
}

/** Adds a batch and answers with the state after it. What was refused of it is in the report by then. */
async function addBatch(users: Users, batch: PreparedBatch, { state, report }: Reached): Promise<ImportState> {
  const refusals = await addUnrefused(users, batch);
  const refused = refusals.length;
  const imported = batch.users.length + batch.refusals.length - refused;
  return {
    nextByte: batch.nextByte,
    nextLine: batch.nextLine,
    imported: state.imported + imported,
    refused: state.refused + refused,
    reportBytes: refused === 0 ? state.reportBytes : await report.append(refusals, state.reportBytes),
    finishedAt: null,
  };
}

/** Drops from the report what a batch left there that was not committed. */
async function finish(
  state: ImportState,
  { report, now }: { readonly report: RefusalReport; readonly now: Date },
): Promise<ImportState> {
  return { ...state, reportBytes: await report.append([], state.reportBytes), finishedAt: now };
}

/** Adds those of a batch that it can, and answers with the others in the order of the file. */
async function addUnrefused(users: Users, batch: PreparedBatch): Promise<readonly Refusal[]> {
  const added = await users.add(batch.users.map(({ row }) => row));
  const leftOut = batch.users.filter(({ row }) => !added.has(row.public_id));
  const clashes = leftOut.length === 0 ? [] : await users.clashes(leftOut.map(({ row }) => row));
  const refusals = leftOut.map((user, index) => refusalOf(user, clashes[index]));
  return [...batch.refusals, ...refusals].toSorted((a, b) => a.line - b.line);
}

function refusalOf({ line }: PreparedUser, clash: Clash | undefined): Refusal {
  const fields = (["id", "email", "username", "phone"] as const).filter((field) => clash?.[field]);
  // Whoever clashed may be gone by the time that is asked.
  const paths = fields.length === 0 ? [""] : fields;
  return { line, errors: paths.map((path) => ({ path, message: "Is that of another account or an earlier record" })) };
}
