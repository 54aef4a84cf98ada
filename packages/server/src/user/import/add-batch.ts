import { findReservedForUndo } from "../../auth/one-time-token/store.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import type { PreparedBatch, PreparedUser } from "./prepare.ts";
import type { Refusal, RefusalReport } from "./record.ts";
import {
  addUsers,
  type Clash,
  findClashes,
  findTrialClashes,
  type ImportRow,
  type ImportState,
  removeTrialUsers,
  removeUsers,
  tryUsers,
} from "./store.ts";

/** Where users are added to. */
interface Users {
  /** Answers with the public ids of those that clash with nobody, and are added. */
  add(rows: readonly ImportRow[]): Promise<ReadonlySet<string>>;
  clashes(rows: readonly ImportRow[]): Promise<readonly Clash[]>;
  /** Of these addresses, as compared, those that somebody may still get back by undoing a change. */
  reserved(emails: readonly string[]): Promise<ReadonlySet<string>>;
  /** Takes out users that were just added, by their public ids. */
  remove(publicIds: readonly string[]): Promise<void>;
}

/** The users of this server. */
export function realUsers(trx: DatabaseTransaction, now: Date): Users {
  return {
    add: (rows) => addUsers(trx, rows, now),
    clashes: (rows) => findClashes(trx, rows),
    reserved: (emails) => findReservedForUndo(trx, emails, now),
    remove: (publicIds) => removeUsers(trx, publicIds),
  };
}

/** Those whom the trial of this transaction has added. */
export function trialUsers(trx: DatabaseTransaction, now: Date): Users {
  return {
    add: (rows) => tryUsers(trx, rows, now),
    clashes: (rows) => findTrialClashes(trx, rows),
    reserved: (emails) => findReservedForUndo(trx, emails, now),
    remove: (publicIds) => removeTrialUsers(trx, publicIds),
  };
}

interface Reached {
  readonly state: ImportState;
  readonly report: RefusalReport;
}

/** Adds a batch and answers with the state after it. What was refused of it is in the report by then. */
export async function addBatch(users: Users, batch: PreparedBatch, { state, report }: Reached): Promise<ImportState> {
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

/** Adds those of a batch that it can, and answers with the others in the order of the file. */
async function addUnrefused(users: Users, batch: PreparedBatch): Promise<readonly Refusal[]> {
  const added = await users.add(batch.users.map(({ row }) => row));
  const leftOut = batch.users.filter(({ row }) => !added.has(row.public_id));
  const clashes = leftOut.length === 0 ? [] : await users.clashes(leftOut.map(({ row }) => row));
  const clashing = leftOut.map((user, index) => refuseClash(user, clashes[index]));
  const reserved = await removeReserved(
    users,
    batch.users.filter(({ row }) => added.has(row.public_id)),
  );
  return [...batch.refusals, ...clashing, ...reserved].toSorted((a, b) => a.line - b.line);
}

/** It is asked after the addresses were written: had one been given up at the same time, the write waited for that. */
async function removeReserved(users: Users, added: readonly PreparedUser[]): Promise<readonly Refusal[]> {
  const emails = await users.reserved(added.map(({ row }) => row.email_canonical));
  if (emails.size === 0) return [];
  const removed = added.filter(({ row }) => emails.has(row.email_canonical));
  await users.remove(removed.map(({ row }) => row.public_id));
  const message = "Is that of an account whose owner changed it and can still take it back";
  return removed.map(({ line }) => ({ line, errors: [{ path: "email", message }] }));
}

function refuseClash({ line }: PreparedUser, clash: Clash | undefined): Refusal {
  const fields = (["id", "email", "username", "phone"] as const).filter((field) => clash?.[field]);
  // Whoever clashed may be gone by the time that is asked.
  const paths = fields.length === 0 ? [""] : fields;
  return { line, errors: paths.map((path) => ({ path, message: "Is that of another account or an earlier record" })) };
}
