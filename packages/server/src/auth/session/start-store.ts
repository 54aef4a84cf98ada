import { type Insertable, type RawBuilder, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { SessionTable } from "../../database/tables.gen.ts";
import type { SessionRow } from "./store.ts";

/** The values of a new session. */
type NewSession = Required<
  Pick<
    Insertable<SessionTable>,
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
  >
>;

/** A new session, and what its start depends on. */
export interface SessionStart {
  readonly values: NewSession;
  /** The installation that the user signs in on; `null` if the sign-in names none. */
  readonly installationId: string | null;
  /** The version of the password that was verified; `undefined` if the user signs in without one. */
  readonly passwordVersion: number | undefined;
}

/** A stored session. */
export type StartedSession = SessionRow & {
  /** Whether the user has signed in before, but neither on this installation nor with this user agent from this address. */
  readonly is_new_device: boolean;
};

/**
 * Starts a token family, in one statement. Returns nothing if the user may not sign in or the verified password was replaced.
 * Both rows are locked until the transaction ends, so a concurrent change of either comes before, and counts, or waits.
 */
export async function insertSession(
  trx: DatabaseTransaction,
  start: SessionStart,
): Promise<StartedSession | undefined> {
  return await insertIf(trx, start, sql<boolean>`true`);
}

/** Like {@link insertSession}, outside a transaction; returns nothing, and starts none, for a new device too. */
export async function insertSessionAtKnownPlace(
  db: Database,
  start: SessionStart,
): Promise<StartedSession | undefined> {
  return await insertIf(db, start, sql<boolean>`not holder.is_new_device`);
}

async function insertIf(
  db: Database,
  { values, installationId, passwordVersion }: SessionStart,
  condition: RawBuilder<boolean>,
): Promise<StartedSession | undefined> {
  const isVerified = passwordVersion !== undefined;
  const { rows } = await sql<StartedSession>`
    with holder as (
      select "user".id,
        exists (select from session where user_id = "user".id)
          and not exists (
            select from session where user_id = "user".id
              and ip = ${values.ip} and user_agent is not distinct from ${values.user_agent}
          )
          and not exists (
            select from session join device on device.id = session.device_id
            where session.user_id = "user".id and device.installation_id = ${installationId}
          ) as is_new_device
      from "user" ${isVerified ? sql`join password on password.user_id = "user".id and password.version = ${passwordVersion}` : sql``}
      where "user".id = ${values.user_id} and "user".status = 'active' and "user".deleted_at is null
      for share of ${isVerified ? sql`"user", password` : sql`"user"`}
    ),
    started as (
      insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip,
        user_agent, created_at, last_seen_at, idle_expires_at, expires_at)
      select ${values.public_id}, id, ${values.refresh_key}, 0, ${values.created_at}, ${values.remembered},
        ${values.methods}, ${values.ip}, ${values.user_agent}, ${values.created_at}, ${values.created_at},
        ${values.idle_expires_at}, ${values.expires_at}
      from holder where ${condition} returning *
    )
    select started.*, holder.is_new_device from started cross join holder`.execute(db);
  return rows[0];
}
