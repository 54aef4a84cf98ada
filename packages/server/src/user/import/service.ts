import type { AuditDeps } from "../../audit/call.ts";
import type { Config } from "../../config.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { listRolePermissions } from "../../role/store.ts";
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

interface ImportDeps extends AuditDeps {
  readonly config: Pick<Config, "registrationIdentifiers">;
  readonly db: Database;
  readonly random: RandomSource;
}

/** The records of an import, and the callbacks and report that receive its results. */
interface ImportRun {
  /** The file's records in groups, from the place where the import resumes. */
  readonly records: AsyncIterable<readonly ImportRecord[]>;
  readonly report: RefusalReport;
  /** Called after every batch. */
  readonly onProgress: (state: ImportState) => void;
  /** Stops the import after the current batch. */
  readonly signal: AbortSignal;
}

/** The file of an import, and the place in the file where it resumes. */
interface ImportPlace {
  /** SHA-256 of the file. */
  readonly digest: Uint8Array;
  /** The state that {@link openImport} returned; the records of the run begin at its place. */
  readonly from: ImportState;
}

/** Returns the state of the import of the file with this SHA-256 digest. A new file starts at {@link importStart}. */
export async function openImport(deps: Pick<ImportDeps, "db" | "clock">, digest: Uint8Array): Promise<ImportState> {
  return await openImportState(deps.db, digest, deps.clock.now());
}

/** Forgets the state of this file's import, so that the next run starts at the first record. */
export async function restartImport(deps: Pick<ImportDeps, "db">, digest: Uint8Array): Promise<void> {
  await forgetImportState(deps.db, digest);
}

/**
 * Adds the users of the records, batch by batch, and returns the new state. A batch, its place in the file and the length of
 * the report are committed together, so that runs import each record exactly once, even after a crash. Throws
 * {@link ImportRunningError}.
 */
export async function importUsers(
  deps: ImportDeps,
  { digest, from }: ImportPlace,
  run: ImportRun,
): Promise<ImportState> {
  let state = from;
  const advance = async (work: (trx: DatabaseTransaction) => Promise<ImportState>) => {
    const takeUp = async (trx: DatabaseTransaction) => {
      // The import is locked before anything is written, because two processes must not write the same report.
      if (!(await holdImportState(trx, digest, state))) throw new ImportRunningError();
      await waitForOtherBatches(trx);
      const next = await work(trx);
      await moveImportState(trx, digest, { ...next, updatedAt: deps.clock.now() });
      return next;
    };
    // A registration with one user's address and another user's username can deadlock with a batch that adds both users.
    state = await inRetriedTransaction(deps.db, takeUp);
    run.onProgress(state);
  };
  for await (const batch of batchesOf(deps, run)) {
    await advance((trx) => addBatch(realUsers(deps, trx), batch, { state, report: run.report }));
    if (run.signal.aborted) return state;
  }
  await advance(async () => await finish(state, { report: run.report, now: deps.clock.now() }));
  return state;
}

/**
 * Returns the state that {@link importUsers} would reach from the first record on, and stores no users. The trial is one
 * transaction, which adds the users to a temporary table and locks no real user.
 */
export async function tryImport(deps: Omit<ImportDeps, "call">, run: ImportRun): Promise<ImportState> {
  return await inTransaction(deps.db, async (trx) => {
    await createTrial(trx);
    let state = importStart;
    for await (const batch of batchesOf({ ...deps, db: trx }, run)) {
      state = await addBatch(trialUsers(deps, trx), batch, { state, report: run.report });
      run.onProgress(state);
      if (run.signal.aborted) return state;
    }
    return await finish(state, { report: run.report, now: deps.clock.now() });
  });
}

/** Reads the roles that exist on `db`, which is the transaction of a trial. */
async function* batchesOf(
  { config, db, clock, random }: Omit<ImportDeps, "call">,
  { records }: ImportRun,
): AsyncGenerator<PreparedBatch> {
  const roles = new Set((await listRolePermissions(db)).map(({ name }) => name));
  const identifiers = config.registrationIdentifiers;
  yield* prepareBatches(records, { now: () => clock.now(), newId: () => random.uuid(), roles, identifiers });
}

/** Removes refusals of an uncommitted batch from the report, and returns the state of a finished import. */
async function finish(
  state: ImportState,
  { report, now }: { readonly report: RefusalReport; readonly now: Date },
): Promise<ImportState> {
  return { ...state, reportBytes: await report.append([], state.reportBytes), finishedAt: now };
}
