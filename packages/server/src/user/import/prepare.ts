import { setImmediate } from "node:timers/promises";
import type { z } from "zod";
import type { FieldError } from "../../errors.ts";
import { toFieldErrors } from "../../schema/field-errors.ts";
import { canonicalEmail, canonicalUsername } from "../canonical.ts";
import { findMissing, type RegistrationIdentifier } from "../identifiers.ts";
import { defaultLocale } from "../service.ts";
import { usernameSkeleton } from "../username.ts";
import type { ImportRecord, Refusal } from "./record.ts";
import { importedUserSchema } from "./schema.ts";
import type { ImportRow } from "./store.ts";

/** A user who is ready to be added, with the line of the record. */
export interface PreparedUser {
  readonly line: number;
  readonly row: ImportRow;
}

/** Records that are added in one transaction. */
export interface PreparedBatch {
  readonly users: readonly PreparedUser[];
  /** The records that were refused without a database query. */
  readonly refusals: readonly Refusal[];
  /** The offset after the last record of the batch. */
  readonly nextByte: number;
  readonly nextLine: number;
}

interface Surroundings {
  readonly now: () => Date;
  readonly newId: () => string;
  /** The roles that exist. */
  readonly roles: ReadonlySet<string>;
  /** By what an account can be registered. One with an address is imported in any case. */
  readonly identifiers: readonly RegistrationIdentifier[];
}

/** Large enough that the round trip to the database does not matter, and small enough for two batches in memory. */
const batchRecords = 1000;

/** Records that are prepared before other work gets a turn, so that the database stays busy with the previous batch. */
const sliceRecords = 50;

/** Checks the records and groups them into batches. Each batch is prepared while the batch before it is added. */
export async function* prepareBatches(
  records: AsyncIterable<readonly ImportRecord[]>,
  surroundings: Surroundings,
): AsyncGenerator<PreparedBatch> {
  yield* oneAhead(prepareInTurn(records, surroundings));
}

async function* prepareInTurn(records: AsyncIterable<readonly ImportRecord[]>, surroundings: Surroundings) {
  let pending: ImportRecord[] = [];
  for await (const some of records) {
    for (const record of some) {
      pending.push(record);
      if (pending.length < batchRecords) continue;
      yield await prepareBatch(pending, surroundings);
      pending = [];
    }
  }
  if (pending.length > 0) yield await prepareBatch(pending, surroundings);
}

async function prepareBatch(
  records: readonly ImportRecord[],
  { now, ...others }: Surroundings,
): Promise<PreparedBatch> {
  const users = new Map<string, PreparedUser>();
  const refusals: Refusal[] = [];
  const importedAt = now().toISOString();
  for (const [index, record] of records.entries()) {
    if (index % sliceRecords === 0) await setImmediate();
    const prepared = prepareRecord(record, { importedAt, ...others });
    if ("errors" in prepared) {
      refusals.push(prepared);
    } else if (users.has(prepared.row.public_id)) {
      refusals.push({ line: record.line, errors: [{ path: "id", message: "Is that of an earlier record" }] });
    } else {
      users.set(prepared.row.public_id, prepared);
    }
  }
  const { nextByte = 0, nextLine = 1 } = records.at(-1) ?? {};
  return { users: [...users.values()], refusals, nextByte, nextLine };
}

interface RowSurroundings extends Omit<Surroundings, "now"> {
  /** ISO 8601. */
  readonly importedAt: string;
}

function prepareRecord({ line, content }: ImportRecord, surroundings: RowSurroundings): PreparedUser | Refusal {
  if ("fault" in content) return { line, errors: [{ path: "", message: content.fault }] };
  const parsed = importedUserSchema.safeParse(withoutNulls(content.fields));
  if (!parsed.success) return { line, errors: toFieldErrors(parsed.error.issues) };
  const missing = parsed.data.email === undefined ? missingWithoutAddress(parsed.data, surroundings) : [];
  if (missing.length > 0) return { line, errors: missing };
  const unknown = parsed.data.roles.find((role) => !surroundings.roles.has(role));
  if (unknown !== undefined) return { line, errors: [{ path: "roles", message: `There is no role ${unknown}` }] };
  return { line, row: toRow(parsed.data, surroundings) };
}

/** Without a password too, nobody could ever sign in: no link reaches the user. */
function missingWithoutAddress(
  user: Pick<z.output<typeof importedUserSchema>, "passwordHash" | "phone" | "phoneVerified" | "username">,
  { identifiers }: Pick<RowSurroundings, "identifiers">,
): readonly FieldError[] {
  const missing = findMissing(identifiers, {
    username: user.username,
    // A number that nobody proved may be a stranger's.
    phone: user.phoneVerified ? user.phone : undefined,
  });
  if (missing.length > 0 || user.passwordHash !== undefined) return missing;
  return [{ path: "passwordHash", message: "Required without an email, to which a link for a password could go" }];
}

/** Removes fields that are null, because other systems write null for a missing value. */
function withoutNulls(fields: unknown): unknown {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  const hasNull = Object.values(fields).includes(null);
  return hasNull ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) : fields;
}

function toRow(user: z.output<typeof importedUserSchema>, { importedAt, newId }: RowSurroundings): ImportRow {
  return {
    public_id: user.id ?? newId(),
    email: user.email,
    email_canonical: user.email === undefined ? undefined : canonicalEmail(user.email),
    username: user.username,
    username_canonical: user.username === undefined ? undefined : canonicalUsername(user.username),
    username_skeleton: user.username === undefined ? undefined : usernameSkeleton(user.username),
    given_name: user.givenName,
    family_name: user.familyName,
    birth_date: user.birthDate,
    locale: user.locale ?? defaultLocale,
    time_zone: user.timeZone,
    status: user.status,
    roles: user.roles,
    phone: user.phone,
    // The time of proof is known only to the other system, so the time of the import stands for it.
    email_verified_at: user.emailVerified ? importedAt : undefined,
    phone_verified_at: user.phoneVerified ? importedAt : undefined,
    created_at: user.createdAt ?? importedAt,
    hash: user.passwordHash,
  };
}

/** Requests the next value before it yields the current one. */
async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    for (let result = await next; result.done !== true; result = await next) {
      next = source.next();
      // The next round awaits this promise. If the consumer fails first, a rejection would otherwise be unhandled.
      next.catch(() => undefined);
      yield result.value;
    }
  } finally {
    await source.return(undefined);
  }
}
