import { type RawBuilder, type Selectable, sql, type Updateable } from "kysely";
import { type EventColumns, writeEvents } from "../../audit/event-store.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { IdentityTable, SessionTable } from "../../database/tables.gen.ts";
import type { SignInDevice } from "../../device/installation.ts";
import { pushTokenLock } from "../../device/push-token.ts";
import type { JobStatement } from "../../jobs/queue.ts";
import type { SessionRow } from "./store.ts";

/** The values of a new session. */
type NewSession = Required<
  Pick<
    Selectable<SessionTable>,
    | "public_id"
    | "user_id"
    | "refresh_key"
    | "remembered"
    | "methods"
    | "ip"
    | "user_agent"
    | "created_at"
    | "idle_expires_at"
    | "expires_at"
    | "impersonator_id"
    | "impersonator_session_id"
  >
>;

/** A new session, and what its start depends on. */
export interface SessionStart {
  readonly values: NewSession;
  /** The device that the user signs in on; `undefined` if the sign-in names none. */
  readonly device: SignInDevice | undefined;
  /** The version of the password that was verified; `undefined` if the user signs in without one. */
  readonly passwordVersion: number | undefined;
  /** The identity by which the user signs in, if that is to be noted; no session starts if it is not theirs any more. */
  readonly identityUse: IdentityUse | undefined;
  /** Whether a second factor was proven, or none is asked for: an impersonation is started by another's session. */
  readonly isComplete: boolean;
  readonly events: SignInEvents;
}

/** A sign-in by an identity at a provider. */
export interface IdentityUse {
  /** The internal id of the identity. */
  readonly id: string;
  /** The columns that it gets. */
  readonly changes: Updateable<IdentityTable>;
}

/** The events that the statement of a sign-in writes. */
export interface SignInEvents {
  readonly started: EventColumns;
  /** Of the device, if it is new. */
  readonly linked: EventColumns;
}

/** The columns of a stored session that its values do not have. */
export type StoredSession = Pick<SessionRow, "id" | "device_id"> & {
  /** Whether the device was added by the statement. */
  readonly is_device_added: boolean;
  /** Whether the user has signed in before, but neither on this installation nor with this user agent from this address. */
  readonly is_new_device: boolean;
};

/**
 * Starts a token family, in one statement. Returns nothing if the user may not sign in, the verified password was replaced, or a
 * second factor is missing. Both rows are locked until the transaction ends, so a concurrent change of either comes before, and
 * counts, or waits. The session is on the device if it is the user's or new, see {@link writeSession}; otherwise its `device_id` is
 * null.
 */
export async function insertSession(trx: DatabaseTransaction, start: SessionStart): Promise<StoredSession | undefined> {
  return await insertIf(trx, start, { condition: sql<boolean>`true` });
}

/** A session that {@link insertSessionAlone} stored. */
export type SessionStoredAlone = StoredSession & {
  /** Whether the owner is told of a new device by the notice that was given. */
  readonly is_told: boolean;
};

/**
 * Like {@link insertSession}, outside a transaction. If the owner of a proven address has to be told of a new device, the
 * statement enqueues the notice. Returns nothing, and changes nothing, where a sign-in takes more than this statement: if the
 * device is neither the user's nor new, and if the owner has to be told but no notice is given.
 */
export async function insertSessionAlone(
  db: Database,
  start: SessionStart,
  notice?: JobStatement,
): Promise<SessionStoredAlone | undefined> {
  const needsDevice = start.device !== undefined;
  const mustTell = sql<boolean>`(holder.is_new_device and holder.email_verified_at is not null)`;
  if (notice === undefined) return await insertIf(db, start, { condition: sql`not ${mustTell}`, needsDevice });
  const told = sql<boolean>`case when admitted.must_tell then run_within(${notice.text}, ${notice.parameter}) else false end`;
  return await insertIf(db, start, { condition: sql`true`, needsDevice, mustTell, told });
}

interface InsertOptions extends WriteOptions {
  /** Whether the user in `holder` is admitted. */
  readonly condition: RawBuilder<boolean>;
  /** Whether the owner, in `holder`, has to be told. Default: not asked. */
  readonly mustTell?: RawBuilder<boolean>;
  /** Tells the owner in `admitted`, and whether it did. Default: nobody is told. */
  readonly told?: RawBuilder<boolean>;
}

async function insertIf(
  db: Database,
  start: SessionStart,
  { condition, mustTell = sql`false`, told = sql`false`, ...options }: InsertOptions,
): Promise<SessionStoredAlone | undefined> {
  const { values, device, passwordVersion, identityUse, isComplete } = start;
  const isVerified = passwordVersion !== undefined;
  const { rows } = await sql<SessionStoredAlone>`
    with holder as (
      select "user".id, "user".email_verified_at,
        ${isNewDevice({ ...values, installationId: device?.installationId ?? null })} as is_new_device
      from "user" ${isVerified ? sql`join password on password.user_id = "user".id and password.version = ${passwordVersion}` : sql``}
        ${identityUse === undefined ? sql`` : sql`join identity on identity.user_id = "user".id and identity.id = ${identityUse.id}`}
      where "user".id = ${values.user_id} and "user".status = 'active' and "user".deleted_at is null
        ${isComplete ? sql`` : sql`and "user".second_factors = '{}'`}
      for share of ${isVerified ? sql`"user", password` : sql`"user"`}
      ${identityUse === undefined ? sql`` : sql`for no key update of identity`}
    ),
    admitted as (select id, is_new_device, ${mustTell} as must_tell from holder where ${condition}),
    ${writeSession(start, options)}${identityUse === undefined ? sql`` : noteUse(identityUse)}
    select started.id, started.device_id, admitted.is_new_device, ${isDeviceAdded} as is_device_added, ${told} as is_told
    from started cross join admitted`.execute(db);
  return rows[0];
}

/** The part of a statement that notes the use of an identity if the session `started`. */
function noteUse({ id, changes }: IdentityUse): RawBuilder<unknown> {
  const assignments = Object.entries(changes).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  return sql`, noted as (update identity set ${sql.join(assignments)} from started where identity.id = ${id})`;
}

/** Where a sign-in comes from; the installation is `null` if the sign-in names none. */
type Place = Pick<NewSession, "ip" | "user_agent"> & { readonly installationId: string | null };

/** Whether the place is new to the user of the statement: see {@link StoredSession}. */
export function isNewDevice({ ip, user_agent, installationId }: Place): RawBuilder<boolean> {
  return sql`(
    exists (select from session where user_id = "user".id and impersonator_id is null)
      and not exists (
        select from session where user_id = "user".id and ip = ${ip} and user_agent is not distinct from ${user_agent}
          and impersonator_id is null
      )
      and not exists (
        select from session join device on device.id = session.device_id
        where session.user_id = "user".id and device.installation_id = ${installationId}
      )
  )`;
}

/** Whether {@link writeSession} added the device, for the same statement. */
export const isDeviceAdded = sql<boolean>`coalesce((select is_added from linked), false)`;

interface WriteOptions {
  /** Whether no session starts without the device. Default false. */
  readonly needsDevice?: boolean;
}

/**
 * The part of a statement that writes the session `started`, on the device `linked`, and its events, for each user in `admitted`.
 * A user's own device is changed, and a new one is added. There is no `linked` device if it is somebody else's or nobody's, or if its push
 * token is or may be on another device: those are locked in an order that one statement does not keep.
 */
export function writeSession(
  { values, device, events }: Pick<SessionStart, "values" | "device" | "events">,
  { needsDevice = false }: WriteOptions = {},
): RawBuilder<unknown> {
  return sql`
    ${device === undefined ? sql`linked as (select null::bigint as id, false as is_added)` : linkDevice(device, events.linked)},
    started as (
      insert into session (public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip,
        user_agent, created_at, last_seen_at, idle_expires_at, expires_at, impersonator_id, impersonator_session_id)
      select ${values.public_id}, admitted.id, linked.id, ${values.refresh_key}, 0, ${values.created_at}, ${values.remembered},
        ${values.methods}, ${values.ip}, ${values.user_agent}, ${values.created_at}, ${values.created_at},
        ${values.idle_expires_at}, ${values.expires_at}, ${values.impersonator_id}::uuid,
        ${values.impersonator_session_id}::bigint
      from admitted ${needsDevice ? sql`join` : sql`left join`} linked on true
      returning id, public_id, device_id
    ),
    started_event as (${writeEvents(events.started, { targetId: sql`started.public_id`, from: sql`started` })})`;
}

function linkDevice(
  { installationId, pushToken, secretDigest, changed, fresh }: SignInDevice,
  event: EventColumns,
): RawBuilder<unknown> {
  const columns = Object.keys(fresh).map((column) => sql.ref(column));
  const assignments = Object.entries(changed).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  // Taken where the device is new; the lock of a token comes before that of a device.
  const lock = pushToken === null ? sql`null` : sql`pg_advisory_xact_lock(${pushTokenLock(pushToken)}::bigint)`;
  const keepsToken = pushToken === null ? sql`` : sql`and device.push_token = ${pushToken}`;
  return sql`
    known as (
      update device
      set ${sql.join(assignments)}, active = true, secret_digest = coalesce(device.secret_digest, ${secretDigest})
      from admitted
      where device.installation_id = ${installationId} and device.user_id = admitted.id ${keepsToken}
      returning device.id
    ),
    missing as materialized (
      select id, ${lock} as lock from admitted
      where not exists (select from device where installation_id = ${installationId})
    ),
    made as (
      insert into device (${sql.join(columns)}, user_id)
      select ${sql.join(Object.values(fresh))}, missing.id from missing
      on conflict do nothing
      returning id, public_id
    ),
    linked_event as (${writeEvents(event, { targetId: sql`made.public_id`, from: sql`made` })}),
    linked as (select id, false as is_added from known union all select id, true from made)`;
}
