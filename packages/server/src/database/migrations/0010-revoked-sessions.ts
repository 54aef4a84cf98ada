import { type Kysely, sql } from "kysely";

/** A session that its user ended from another one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await setRevocationReasons(db, [...reasonsBefore, "revoked"]);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  // To its user it was a logout, by another session.
  await sql`update session set revoked_reason = 'logout' where revoked_reason = 'revoked'`.execute(db);
  await setRevocationReasons(db, reasonsBefore);
}

const reasonsBefore = [
  "logout",
  "logout_all",
  "refresh_token_reused",
  "password_changed",
  "password_reset",
  "email_change_undone",
  "address_proven",
];

async function setRevocationReasons(db: Kysely<unknown>, reasons: readonly string[]): Promise<void> {
  await sql`alter table session drop constraint session_revoked_reason_check`.execute(db);
  const list = sql.join(reasons.map((reason) => sql.lit(reason)));
  await sql`
    alter table session add constraint session_revoked_reason_check check (revoked_reason in (${list}))`.execute(db);
}
