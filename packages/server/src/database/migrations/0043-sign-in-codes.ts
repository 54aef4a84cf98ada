import { type Kysely, sql } from "kysely";

/**
 * The codes by which an app gets a session for a user who proved elsewhere who they are. They live for a minute and are not worth
 * a log: a crash may empty the table.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await allowReasons(db, [...reasons, "sign_in_code_reused"]);
  await sql`
    create unlogged table sign_in_code (
      -- SHA-256 of the code.
      digest bytea primary key,
      user_id bigint not null references "user" on delete cascade,
      -- The session that hands its sign-in over; null if the user proved who they are for this code alone.
      source_session_id bigint references session on delete cascade,
      -- How the user proved who they are, as in RFC 8176, and when.
      methods text[] not null,
      authenticated_at timestamptz not null,
      -- SHA-256 of the app's verifier (RFC 7636, S256).
      challenge bytea not null,
      expires_at timestamptz not null,
      used_at timestamptz,
      -- The session that the code gave.
      session_id bigint references session on delete cascade
    )`.execute(db);
  for (const column of ["user_id", "source_session_id", "session_id", "expires_at"]) {
    await sql`create index ${sql.ref(`sign_in_code_${column}_index`)} on sign_in_code (${sql.ref(column)})`.execute(db);
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable("sign_in_code").execute();
  await sql`update session set revoked_reason = 'revoked' where revoked_reason = 'sign_in_code_reused'`.execute(db);
  await allowReasons(db, reasons);
}

const reasons = [
  "logout",
  "logout_all",
  "refresh_token_reused",
  "password_changed",
  "password_reset",
  "email_change_undone",
  "address_proven",
  "revoked",
  "account_disabled",
  "account_deleted",
  "ended_by_operator",
  "password_removed",
  "impersonation_ended",
];

async function allowReasons(db: Kysely<unknown>, values: readonly string[]): Promise<void> {
  const list = sql.join(values.map((value) => sql.lit(value)));
  await sql`
    alter table session
      drop constraint session_revoked_reason_check,
      add constraint session_revoked_reason_check check (revoked_reason in (${list}))`.execute(db);
}
