import { type Insertable, type Selectable, sql } from "kysely";
import { type EventColumns, writeEvents } from "../audit/event-store.ts";
import type { Database, DatabaseTransaction } from "../database/connection.ts";
import type { OneTimeTokenTable, UserTable } from "../database/tables.gen.ts";
import type { UserRow } from "../user/store.ts";
import type { ThrottleChange } from "./notice/throttle.ts";
import type { ThrottleState } from "./notice/throttle-rule.ts";
import { isDeviceAdded, type SessionStart, type StoredSession, writeSession } from "./session/start-store.ts";

interface WantedAccount {
  readonly emailCanonical: string;
  /** `null` for an account without a username, and so is the next. */
  readonly usernameCanonical: string | null;
  readonly usernameSkeleton: string | null;
  /** The keys of the states that decide when the account's first mail is due. */
  readonly throttleKeys: readonly string[];
  readonly now: Date;
}

/** Whether an account can be created, and what its statement needs. */
interface Vacancy {
  readonly isEmailTaken: boolean;
  readonly isUsernameTaken: boolean;
  /** The internal id of the account to be. It is given out once, even if there never is an account. */
  readonly userId: string;
  /** Those that there are, by their keys. */
  readonly throttles: ReadonlyMap<string, ThrottleState>;
}

interface VacancyRow {
  readonly is_email_taken: boolean;
  readonly is_username_taken: boolean;
  readonly user_id: string;
  readonly key: string;
  readonly sent: number | null;
  readonly next_at: Date | null;
  readonly expires_at: Date | null;
}

/**
 * Finds whether the address and the username are free, and the states of the account's first mail. Nothing is locked. Deleted
 * accounts count, because they can be restored, and so does a former owner who may still undo a change of address.
 */
export async function findVacancy(db: Database, wanted: WantedAccount): Promise<Vacancy> {
  const { emailCanonical, usernameCanonical, usernameSkeleton, now } = wanted;
  const { rows } = await sql<VacancyRow>`
    with vacancy as materialized (
      select
        exists (select from "user" where email_canonical = ${emailCanonical})
          or is_reserved_for_undo(${emailCanonical}, null, ${now}) as is_email_taken,
        exists (select from "user" where username_canonical = ${usernameCanonical})
          or exists (select from "user" where username_skeleton = ${usernameSkeleton}) as is_username_taken,
        nextval(pg_get_serial_sequence('"user"', 'id')) as user_id
    )
    select vacancy.*, wanted.key, held.sent, held.next_at, held.expires_at
    from vacancy cross join unnest(${[...wanted.throttleKeys]}::text[]) as wanted (key)
      left join mail_pace as held on held.key = wanted.key`.execute(db);
  const [first] = rows;
  if (first === undefined) throw new Error("The statement returns a row for each key");
  return {
    isEmailTaken: first.is_email_taken,
    isUsernameTaken: first.is_username_taken,
    userId: first.user_id,
    throttles: new Map(rows.flatMap(({ key, ...row }) => stateOf(row).map((state) => [key, state] as const))),
  };
}

function stateOf({
  sent,
  next_at,
  expires_at,
}: Pick<VacancyRow, "sent" | "next_at" | "expires_at">): readonly ThrottleState[] {
  if (sent === null || next_at === null || expires_at === null) return [];
  return [{ sent, nextAt: next_at, expiresAt: expires_at }];
}

/** An account with its first session, and the link that proves its address. */
interface NewAccount {
  /** The user's internal id, of {@link findVacancy}. */
  readonly id: string;
  readonly user: Omit<
    Selectable<UserTable>,
    | "id"
    | "deleted_at"
    | "avatar_id"
    | "avatar_hash"
    | "public_metadata"
    | "private_metadata"
    | "status_reason"
    | "disabled_until"
    | "second_factors"
    | "device_trust_after"
    | "second_factor_reset_at"
    | "search_text"
  >;
  readonly passwordHash: string;
  readonly session: Pick<SessionStart, "values" | "device" | "events">;
  /** The event of the account. */
  readonly event: EventColumns;
  readonly link: Insertable<OneTimeTokenTable>;
  /** The changes that give the link's mail its turn. */
  readonly turn: readonly ThrottleChange[];
}

interface StartedSessionColumns extends Pick<StoredSession, "device_id" | "is_device_added"> {
  readonly session_id: string;
}

/** A created account. The caller rolls the transaction back unless both are as they must be. */
interface InsertedAccount {
  readonly user: UserRow;
  readonly session: StoredSession;
  /** Whether a former owner may still take the address back. */
  readonly isReserved: boolean;
  /** Whether the states of the mail were as they had been read. */
  readonly hasTurn: boolean;
}

/**
 * Creates an account in one statement: the user, the password, the session and its device as {@link writeSession} does, the
 * link, and the turn of its mail. The user comes first, so a registration waits for another of the same address before it locks
 * anything else. A taken address or username violates a unique constraint.
 */
export async function insertAccount(trx: DatabaseTransaction, account: NewAccount): Promise<InsertedAccount> {
  const { id, user, passwordHash, session, link, turn, event } = account;
  const { created_at: now } = user;
  const { rows } = await sql<UserRow & StartedSessionColumns & { turns: number; is_reserved: boolean }>`
    with account as (
      insert into "user" (id, ${columnsOf(user)}) overriding system value values (${id}, ${valuesOf(user)}) returning *
    ),
    admitted as (select id from account),
    created_event as (${writeEvents(event, { targetId: sql`account.public_id`, from: sql`account` })}),
    secret as (
      insert into password (user_id, hash, created_at, updated_at)
      select id, ${passwordHash}, ${now}, ${now} from admitted
    ),
    link as (
      insert into one_time_token (${columnsOf(link)}) select ${valuesOf(link)} from admitted
    ),
    change as (
      select given.* from admitted cross join unnest(
        ${turn.map(({ key }) => key)}::text[],
        ${turn.map(({ before }) => before?.sent ?? null)}::integer[],
        ${turn.map(({ before }) => before?.nextAt ?? null)}::timestamptz[],
        ${turn.map(({ before }) => before?.expiresAt ?? null)}::timestamptz[],
        ${turn.map(({ after }) => after.sent)}::integer[],
        ${turn.map(({ after }) => after.nextAt)}::timestamptz[],
        ${turn.map(({ after }) => after.expiresAt)}::timestamptz[]
      ) with ordinality as given (key, sent_before, next_at_before, expires_at_before, sent, next_at, expires_at, place)
    ),
    turn as (
      insert into mail_pace as held (key, sent, next_at, expires_at)
      select key, sent, next_at, expires_at from change order by place
      on conflict (key) do update
        set sent = excluded.sent, next_at = excluded.next_at, expires_at = excluded.expires_at
        where (held.sent, held.next_at, held.expires_at)
          = (select sent_before, next_at_before, expires_at_before from change where change.key = excluded.key)
      returning key
    ),
    ${writeSession(session)}
    select account.*, started.id as session_id, started.device_id, ${isDeviceAdded} as is_device_added,
      (select count(*) from turn)::integer as turns,
      is_reserved_for_undo(account.email_canonical, account.id, ${now}) as is_reserved
    from account cross join started`.execute(trx);
  const [row] = rows;
  if (row === undefined) throw new Error("The statement returns the account that it creates");
  const { session_id, device_id, is_device_added, turns, is_reserved: isReserved, ...inserted } = row;
  const stored = { id: session_id, device_id, is_device_added, is_new_device: false };
  return { user: inserted, session: stored, isReserved, hasTurn: turns === turn.length };
}

function columnsOf(row: object) {
  return sql.join(Object.keys(row).map((column) => sql.ref(column)));
}

function valuesOf(row: object) {
  return sql.join(Object.values(row));
}
