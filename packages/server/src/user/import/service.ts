import type { Clock } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { addBatch, realUsers, trialUsers } from "./add-batch.ts";
import { type PreparedBatch, prepareBatches } from "./prepare.ts";
import { type ImportRecord, ImportRunningError, type RefusalReport } from "./record.ts";
import {
  createTrial,
  forgetImportState,
  holdImportState,
  type ImportState,
  importStart,
  moveImportState,
  openImportState,
  waitForOtherBatches,
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
    const takeUp = async (trx: DatabaseTransaction) => {
      // Before anything is written: the report is not for two to write.
      if (!(await holdImportState(trx, digest, state))) throw new ImportRunningError();
      await waitForOtherBatches(trx);
      const next = await work(trx);
      await moveImportState(trx, digest, { ...next, updatedAt: deps.clock.now() });
      return next;
    };
    // Somebody may register with the names of two users that are being added.
    state = await inRetriedTransaction(deps.db, takeUp);
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

/** Drops from the report what a batch left there that was not committed. */
async function finish(
  state: ImportState,
  { report, now }: { readonly report: RefusalReport; readonly now: Date },
): Promise<ImportState> {
  return { ...state, reportBytes: await report.append([], state.reportBytes), finishedAt: now };
}
