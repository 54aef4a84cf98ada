import { setImmediate } from "node:timers/promises";
import type { z } from "zod";
import { toFieldErrors } from "../../schema/field-errors.ts";
import { canonicalEmail, canonicalUsername } from "../canonical.ts";
import { defaultLocale } from "../service.ts";
import type { ImportRecord, Refusal } from "./record.ts";
import { importedUserSchema } from "./schema.ts";
import type { ImportRow } from "./store.ts";

/** A user ready to be added, and where they stand in the file. */
export interface PreparedUser {
  readonly line: number;
  readonly row: ImportRow;
}

/** Some records that are added together. */
export interface PreparedBatch {
  readonly users: readonly PreparedUser[];
  /** Of those that no database has to be asked about. */
  readonly refusals: readonly Refusal[];
  /** Behind its last record. */
  readonly nextByte: number;
  readonly nextLine: number;
}

interface Surroundings {
  readonly now: () => Date;
  readonly newId: () => string;
}

/** Enough that the round trip to the database does not matter, and little enough to be held twice. */
const batchRecords = 1000;

/** After as many records other work gets its turn: the database is kept busy while the next batch is prepared. */
const sliceRecords = 50;

/** Checks the records and puts them together into batches, each prepared while the one before it is being added. */
export async function* prepareBatches(
  records: AsyncIterable<readonly ImportRecord[]>,
  surroundings: Surroundings,
): AsyncGenerator<PreparedBatch> {
  yield* oneAhead(prepareInTurn(records, surroundings));
}

async function* prepareInTurn(records: AsyncIterable<readonly ImportRecord[]>, surroundings: Surroundings) {
  const pending: ImportRecord[] = [];
  for await (const some of records) {
    pending.push(...some);
    while (pending.length >= batchRecords) yield await prepareBatch(pending.splice(0, batchRecords), surroundings);
  }
  if (pending.length > 0) yield await prepareBatch(pending, surroundings);
}

async function prepareBatch(records: readonly ImportRecord[], { now, newId }: Surroundings): Promise<PreparedBatch> {
  const users = new Map<string, PreparedUser>();
  const refusals: Refusal[] = [];
  const importedAt = now().toISOString();
  for (const [index, record] of records.entries()) {
    if (index % sliceRecords === 0) await setImmediate();
    const prepared = prepareRecord(record, { importedAt, newId });
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

interface RowSurroundings {
  /** ISO 8601. */
  readonly importedAt: string;
  readonly newId: () => string;
}

function prepareRecord({ line, content }: ImportRecord, surroundings: RowSurroundings): PreparedUser | Refusal {
  if ("fault" in content) return { line, errors: [{ path: "", message: content.fault }] };
  const parsed = importedUserSchema.safeParse(withoutNulls(content.fields));
  if (!parsed.success) return { line, errors: toFieldErrors(parsed.error.issues) };
  return { line, row: toRow(parsed.data, surroundings) };
}

/** Other systems write null where they have nothing. */
function withoutNulls(fields: unknown): unknown {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  const hasNull = Object.values(fields).includes(null);
  return hasNull ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) : fields;
}

function toRow(user: z.output<typeof importedUserSchema>, { importedAt, newId }: RowSurroundings): ImportRow {
  return {
    public_id: user.id ?? newId(),
    email: user.email,
    email_canonical: canonicalEmail(user.email),
    username: user.username,
    username_canonical: user.username === undefined ? undefined : canonicalUsername(user.username),
    given_name: user.givenName,
    family_name: user.familyName,
    birth_date: user.birthDate,
    locale: user.locale ?? defaultLocale,
    status: user.status,
    roles: user.roles,
    phone: user.phone,
    // When it was proven, the other system knows; here it counts from now.
    email_verified_at: user.emailVerified ? importedAt : undefined,
    phone_verified_at: user.phoneVerified ? importedAt : undefined,
    created_at: user.createdAt ?? importedAt,
    hash: user.passwordHash,
  };
}

/** Asks for the next value before it hands out this one. */
async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    for (let result = await next; result.done !== true; result = await next) {
      next = source.next();
      // It is awaited in the next round; if the consumer fails first, nobody does.
      next.catch(() => undefined);
      yield result.value;
    }
  } finally {
    await source.return(undefined);
  }
}
