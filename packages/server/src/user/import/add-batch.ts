import type { AuditDeps } from "../../audit/call.ts";
import { recordEvents } from "../../audit/record.ts";
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

/** A set of users that an import adds to: the real users, or those of a trial. */
interface Users {
  /** Adds the rows that clash with no user and returns the public ids of the added rows. */
  add(rows: readonly ImportRow[]): Promise<ReadonlySet<string>>;
  clashes(rows: readonly ImportRow[]): Promise<readonly Clash[]>;
  /** Returns those of these canonical addresses that a user can still get back by undoing a change. */
  reserved(emails: readonly string[]): Promise<ReadonlySet<string>>;
  /** Removes users that this transaction has added, by their public ids. */
  remove(publicIds: readonly string[]): Promise<void>;
  /** Records the creation of the users that stay, by their public ids. */
  record(publicIds: readonly string[]): Promise<void>;
}

/** The users of this server. */
export function realUsers(deps: AuditDeps, trx: DatabaseTransaction): Users {
  const now = deps.clock.now();
  return {
    add: (rows) => addUsers(trx, rows, now),
    clashes: (rows) => findClashes(trx, rows),
    reserved: (emails) => findReservedForUndo(trx, emails, now),
    remove: (publicIds) => removeUsers(trx, publicIds),
    record: (targetIds) => recordEvents(deps, trx, { action: "user.created", kind: "user", targetIds }),
  };
}

/** The users that the trial of this transaction has added. */
export function trialUsers({ clock }: Pick<AuditDeps, "clock">, trx: DatabaseTransaction): Users {
  const now = clock.now();
  return {
    add: (rows) => tryUsers(trx, rows, now),
    clashes: (rows) => findTrialClashes(trx, rows),
    reserved: (emails) => findReservedForUndo(trx, emails, now),
    remove: (publicIds) => removeTrialUsers(trx, publicIds),
    // Nothing is created.
    record: async () => undefined,
  };
}

interface Reached {
  readonly state: ImportState;
  readonly report: RefusalReport;
}

/** Adds a batch, appends its refusals to the report and returns the state after the batch. */
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

/** Adds the users of a batch where possible, records them, and returns the refusals in the order of the file. */
async function addUnrefused(users: Users, batch: PreparedBatch): Promise<readonly Refusal[]> {
  const added = await users.add(batch.users.map(({ row }) => row));
  const leftOut = batch.users.filter(({ row }) => !added.has(row.public_id));
  const clashes = leftOut.length === 0 ? [] : await users.clashes(leftOut.map(({ row }) => row));
  const clashing = leftOut.map((user, index) => refuseClash(user, clashes[index]));
  const reserved = await removeReserved(
    users,
    batch.users.filter(({ row }) => added.has(row.public_id)),
  );
  const removed = new Set(reserved.map(({ row }) => row.public_id));
  await users.record([...added].filter((id) => !removed.has(id)));
  return [...batch.refusals, ...clashing, ...reserved.map(refuseReserved)].toSorted((a, b) => a.line - b.line);
}

/**
 * Removes added users whose addresses are reserved, and returns them. The query runs after the addresses were written: a write waits for a
 * concurrent transaction that gives up the address, so the reservation is visible by then.
 */
async function removeReserved(users: Users, added: readonly PreparedUser[]): Promise<readonly PreparedUser[]> {
  const emails = await users.reserved(added.flatMap(({ row }) => row.email_canonical ?? []));
  if (emails.size === 0) return [];
  const removed = added.filter(({ row: { email_canonical: email } }) => email !== undefined && emails.has(email));
  await users.remove(removed.map(({ row }) => row.public_id));
  return removed;
}

function refuseReserved({ line }: PreparedUser): Refusal {
  const message = "Is that of an account whose owner changed it and can still take it back";
  return { line, errors: [{ path: "email", message }] };
}

function refuseClash({ line }: PreparedUser, clash: Clash | undefined): Refusal {
  const fields = (["id", "email", "username", "phone"] as const).filter((field) => clash?.[field]);
  // The other user may have been deleted since the insert.
  const paths = fields.length === 0 ? [""] : fields;
  return { line, errors: paths.map((path) => ({ path, message: "Is that of another account or an earlier record" })) };
}
