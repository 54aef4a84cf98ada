import type { TestDatabase } from "./database.ts";

/** Rows of each table that grows. */
const rowCount = 100_000;

const moments = `timestamptz '2030-01-01' + n * interval '1 minute'`;

/** What each table is filled with, as the columns and one row of `generate_series(1, 100000) n`. */
const rows: Readonly<Record<string, readonly [columns: string, values: string]>> = {
  '"user"': [
    `id, public_id, email, email_canonical, username, username_canonical, locale, status, roles, created_at, updated_at,
      phone, phone_verified_at`,
    `n, gen_random_uuid(), 'user' || n || '@example.com', 'user' || n || '@example.com', 'user' || n, 'user' || n, 'en',
      'active', case when n % 1000 = 0 then '{support}'::text[] else '{}' end, ${moments}, ${moments}, '+49' || 100000000 + n, ${moments}`,
  ],
  password: ["user_id, hash, created_at, updated_at", `n, repeat('h', 100), ${moments}, ${moments}`],
  device: [
    `id, public_id, installation_id, user_id, platform, push_token, push_service, push_token_set_at, app_version, locale, active,
      created_at, updated_at, last_seen_at`,
    `n, gen_random_uuid(), 'installation' || n, nullif(n, n / 100 * 100), 'ios', 'token' || n, 'apns', ${moments},
      '2.' || n % 20, 'en', true,
      ${moments}, ${moments}, ${moments}`,
  ],
  session: [
    `id, public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip, user_agent,
      created_at, last_seen_at, idle_expires_at, expires_at, changed_at`,
    `n, gen_random_uuid(), n, n, '\\x01'::bytea || sha256(n::text::bytea), 3, ${moments}, true, '{pwd}', '192.0.2.1', 'agent',
      ${moments}, ${moments}, ${moments} + interval '30 days', ${moments} + interval '1 year',
      now() - n * interval '1 minute'`,
  ],
  api_key: [
    "public_id, user_id, name, prefix, digest, scopes, created_at, expires_at",
    `gen_random_uuid(), n, 'key', 'gh_', sha256(n::text::bytea), '{profile:read}', ${moments}, ${moments}`,
  ],
  one_time_token: [
    "user_id, purpose, target, target_canonical, slot, digest, attempts, created_at, expires_at",
    `n, (array['verify_email', 'reset_password', 'undo_email_change'])[n % 3 + 1], 'user' || n || '@example.com',
      'user' || n || '@example.com', '', sha256(n::text::bytea), 0, ${moments}, ${moments} + interval '1 day'`,
  ],
  passkey: [
    `public_id, user_id, credential_id, public_key, counter, transports, aaguid, name, backup_eligible, backed_up, created_at`,
    `gen_random_uuid(), n, sha256(n::text::bytea), sha256(n::text::bytea), 1, '{internal}', gen_random_uuid(), 'passkey', false,
      false, ${moments}`,
  ],
  passkey_handle: ["user_id, handle", "n, sha256(n::text::bytea)"],
  spent_passkey_challenge: ["digest, expires_at", `sha256(n::text::bytea), ${moments}`],
  subscription_ticket: ["digest, session_id, expires_at", `sha256(n::text::bytea), n, ${moments}`],
  identity: [
    "public_id, user_id, provider, issuer, subject, email, created_at, last_used_at, tokens",
    `gen_random_uuid(), n, 'google', 'https://issuer.example', n::text, 'user' || n || '@example.com', ${moments}, ${moments},
      '\\x01'::bytea || sha256(n::text::bytea)`,
  ],
  sign_in_code: [
    "digest, user_id, source_session_id, methods, authenticated_at, challenge, expires_at",
    `sha256(n::text::bytea), n, n, '{pwd}', ${moments}, sha256(n::text::bytea), ${moments}`,
  ],
  password_recovery: [
    "public_id, digest, user_id, phone, code_digest, created_at, expires_at",
    `gen_random_uuid(), sha256(n::text::bytea), n, '+49' || n, sha256(n::text::bytea), ${moments}, ${moments}`,
  ],
  pending_registration: [
    "public_id, email_canonical, digest, sealed, created_at, expires_at",
    `gen_random_uuid(), 'new' || n || '@example.com', sha256(n::text::bytea), '\\x01'::bytea || sha256(n::text::bytea),
      ${moments}, ${moments}`,
  ],
  totp: [
    "user_id, public_id, secret, created_at, confirmed_at",
    `n, gen_random_uuid(), '\\x01'::bytea || sha256(n::text::bytea), ${moments}, case when n % 100 = 0 then null else ${moments} end`,
  ],
  recovery_code: ["user_id, digest, created_at", `n, sha256(n::text::bytea), ${moments}`],
  sign_in_challenge: [
    "public_id, user_id, digest, methods, sealed, created_at, expires_at",
    `gen_random_uuid(), n, sha256(n::text::bytea), '{pwd}', '\\x01'::bytea || sha256(n::text::bytea), ${moments}, ${moments}`,
  ],
  group_member: ["group_id, user_id, added_at", `n % 100 + 1, n, ${moments}`],
  '"group"': [
    "public_id, name, description, roles, created_at, updated_at",
    `gen_random_uuid(), 'group' || n, '', case when n % 100 = 0 then '{support}' else '{}' end::text[], ${moments}, ${moments}`,
  ],
  account_deletion: ["user_id, deleted_at, digest", `n, ${moments}, sha256(n::text::bytea)`],
  data_export: [
    "id, public_id, user_id, requested_at, digest, expires_at",
    `n, gen_random_uuid(), n, ${moments}, sha256(n::text::bytea), ${moments}`,
  ],
  data_export_part: [
    "id, export_id, position, sealed",
    `gen_random_uuid() || '/0', n, 0, '\\x01'::bytea || sha256(n::text::bytea)`,
  ],
  limit_counter: ["key, count, allowed, expires_at", `'counter' || n, 1, true, ${moments}`],
  mail_pace: ["key, sent, next_at, expires_at", `'pace' || n, 1, ${moments}, ${moments}`],
  audit_event: [
    "at, action, actor_kind, actor_id, target_kind, target_id, personal",
    `${moments}, (array['user.updated', 'session.created', 'user.created'])[n % 3 + 1], 'user', gen_random_uuid(), 'user',
      gen_random_uuid(), '{}'`,
  ],
  // Ten days.
  active_account: ["day, account_id", "date '2030-01-25' + n / 10000, gen_random_uuid()"],
  audit_link: [
    "month, position, event_id, commitment, digest",
    `date_trunc('month', now() at time zone 'UTC'), n, n, sha256(n::text::bytea), sha256(n::text::bytea)`,
  ],
  // A thousand operations; their accounts need not exist.
  bulk_target: ["operation_id, user_id", "n / 100, n"],
  // Of a hundred jobs, one still waits.
  "pgboss.job": [
    "name, data, state, start_after, completed_on",
    `'send-mail', '{"id": "", "sealed": "AQID"}', case when n % 100 = 0 then 'created' else 'completed' end::pgboss.job_state,
      ${moments}, case when n % 100 = 0 then null else ${moments} end`,
  ],
  webhook_event: [
    "id, public_id, type, payload, created_at",
    `n, gen_random_uuid(), 'user.created', '\\x01'::bytea || sha256(n::text::bytea), ${moments}`,
  ],
  webhook_delivery: [
    "public_id, webhook_id, event_id, status, created_at",
    `gen_random_uuid(), n % 100 + 1, n, 'delivered', ${moments}`,
  ],
  // A hundred notifications are not fanned out yet; of the deliveries of one notification, a thousand are due.
  notification: [
    `id, public_id, sender_id, idempotency_key, content, is_bulk, status, is_open, created_at, send_at, expires_at,
      ledger_day, fanned_out_at`,
    `n, gen_random_uuid(), gen_random_uuid(), 'key' || n, '\\x01'::bytea || sha256(n::text::bytea), true,
      case when n % 1000 = 0 then 'sending' else 'done' end, n % 1000 = 0, ${moments}, ${moments}, ${moments} + interval '1 day',
      date '2030-02-01', case when n % 1000 = 0 then null else ${moments} end`,
  ],
  notification_delivery: [
    "notification_id, device_id, day, recipient_id, service, is_bulk, state, due_at",
    `50000, n, '2030-02-01', n, 'apns', true, case when n % 100 = 0 then 'queued' else 'sent' end, ${moments}`,
  ],
  picture: [
    "id, user_id, storage, created_at, delete_after",
    `md5(n::text)::uuid, nullif(n, n / 1000 * 1000), 'database', ${moments}, case when n % 1000 = 0 then ${moments} end`,
  ],
  picture_content: ["picture_id, size, content", `md5(n::text)::uuid, 256, '\\x01'`],
  outbox_message: [
    "message_id, kind, recipient, template, text, created_at",
    `gen_random_uuid(), 'mail', 'user' || n || '@example.com', 'welcome', 'text', ${moments}`,
  ],
};

/** Tables that stay small however many users there are, so that PostgreSQL rightly reads them whole. */
export const smallTables = [
  "account_day",
  "audit_chain",
  "audit_checkpoint",
  "audit_key",
  "bulk_operation",
  "push_service_pause",
  "role",
  "signing_key",
  "user_import",
  "webhook",
  "webhook_secret",
];

/** The tables that {@link fillTables} fills. */
export const largeTables = Object.keys(rows).map((table) => table.replaceAll('"', ""));

/** Gives each table that grows 100,000 rows; the user, device and session of one number belong together. */
export async function fillTables(database: TestDatabase): Promise<void> {
  await database.query("select create_audit_link_partition(date_trunc('month', now() at time zone 'UTC')::date)");
  await database.query("select create_notification_partition('2030-02-01')");
  for (const [table, [columns, values]] of Object.entries(rows)) {
    // One statement list, so that the setting holds for the insertion: keys and triggers would be looked up for each row.
    await database.query(`
      begin; set local session_replication_role = replica;
      insert into ${table} (${columns}) overriding system value select ${values} from generate_series(1, ${rowCount}) n;
      commit;`);
  }
  for (const table of ['"user"', "device", "session", "data_export", "webhook_event", "notification"]) {
    await database.query(`alter table ${table} alter column id restart with ${rowCount + 1}`);
  }
  await database.query("analyze");
}
