import { type Kysely, sql } from "kysely";

/** Sessions that an operator ended, and links by which an operator lets users choose a password. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await allow(db, "session", { column: "revoked_reason", values: [...reasons, ...operatorsReasons] });
  await allow(db, "one_time_token", { column: "purpose", values: [...purposes, "set_password"] });
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`update session set revoked_reason = 'revoked' where revoked_reason = any(${operatorsReasons})`.execute(db);
  await sql`delete from one_time_token where purpose = 'set_password'`.execute(db);
  await allow(db, "session", { column: "revoked_reason", values: reasons });
  await allow(db, "one_time_token", { column: "purpose", values: purposes });
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
];

const operatorsReasons = [
  "account_disabled",
  "account_deleted",
  "ended_by_operator",
  "password_removed",
  "impersonation_ended",
];

const purposes = [
  "verify_email",
  "confirm_email_change",
  "undo_email_change",
  "reset_password",
  "magic_link",
  "verify_phone",
];

interface AllowedValues {
  readonly column: string;
  readonly values: readonly string[];
}

async function allow(db: Kysely<unknown>, table: string, { column, values }: AllowedValues): Promise<void> {
  const constraint = sql.ref(`${table}_${column}_check`);
  const list = sql.join(values.map((value) => sql.lit(value)));
  await sql`alter table ${sql.table(table)} drop constraint ${constraint}`.execute(db);
  await sql`alter table ${sql.table(table)} add constraint ${constraint} check (${sql.ref(column)} in (${list}))`.execute(
    db,
  );
}
