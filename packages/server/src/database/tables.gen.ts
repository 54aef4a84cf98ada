// Made by `pnpm db:types` from the migrations; do not edit.
import type { Generated, GeneratedAlways, JSONColumnType } from "kysely";

/** A row of `account_day`. */
export interface AccountDayTable {
  day: string;
  sign_ups: number;
  sign_ins: number;
  active_users: number;
}

/** A row of `account_deletion`. */
export interface AccountDeletionTable {
  user_id: string;
  deleted_at: Date;
  digest: Uint8Array;
  redirect_to: string | null;
}

/** A row of `active_account`. */
export interface ActiveAccountTable {
  day: string;
  account_id: string;
}

/** A row of `api_key`. */
export interface ApiKeyTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  name: string;
  prefix: string;
  digest: Uint8Array;
  scopes: string[];
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** A row of `audit_chain`. */
export interface AuditChainTable {
  id: Generated<boolean>;
  horizon: string;
}

/** A row of `audit_checkpoint`. */
export interface AuditCheckpointTable {
  id: GeneratedAlways<string>;
  created_at: Date;
  token: string;
}

/** A row of `audit_event`. */
export interface AuditEventTable {
  id: Generated<string>;
  public_id: Generated<string>;
  at: Date;
  action: string;
  actor_kind: "user" | "anonymous" | "operator" | "system";
  actor_id: string | null;
  impersonator_id: string | null;
  api_key_id: string | null;
  target_kind: string;
  target_id: string;
  request_id: string | null;
  personal: JSONColumnType<Record<string, unknown>>;
  account_id: string | null;
  transaction_id: Generated<string>;
}

/** A row of `audit_key`. */
export interface AuditKeyTable {
  key_id: string;
  public_jwk: JSONColumnType<Record<string, unknown>>;
  private_key: Uint8Array;
  created_at: Date;
}

/** A row of `audit_link`. */
export interface AuditLinkTable {
  month: string;
  position: string;
  event_id: string;
  salt: Uint8Array | null;
  commitment: Uint8Array;
  digest: Uint8Array;
}

/** A row of `bulk_operation`. */
export interface BulkOperationTable {
  id: GeneratedAlways<string>;
  public_id: string;
  action: "disable" | "enable" | "delete";
  reason: string | null;
  filter: JSONColumnType<Record<string, unknown>> | null;
  call: JSONColumnType<Record<string, unknown>>;
  status: "waiting" | "running" | "done" | "stopped";
  total: number;
  done: Generated<number>;
  refused: Generated<number>;
  created_at: Date;
  finished_at: Date | null;
  session_id: string | null;
  stop_reason: "account_ended" | "permission_lost" | "session_ended" | "api_key_revoked" | null;
}

/** A row of `bulk_target`. */
export interface BulkTargetTable {
  operation_id: string;
  user_id: string;
}

/** A row of `data_export`. */
export interface DataExportTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  requested_at: Date;
  digest: Uint8Array | null;
  completed_at: Date | null;
  expires_at: Date;
}

/** A row of `data_export_part`. */
export interface DataExportPartTable {
  id: string;
  export_id: string;
  position: number;
  sealed: Uint8Array;
}

/** A row of `device`. */
export interface DeviceTable {
  id: GeneratedAlways<string>;
  public_id: string;
  installation_id: string;
  user_id: string | null;
  platform: "android" | "ios" | "linux" | "macos" | "web" | "windows";
  push_token: string | null;
  name: string | null;
  model: string | null;
  os_version: string | null;
  app_version: string | null;
  secret_digest: Uint8Array | null;
  active: boolean;
  created_at: Date;
  updated_at: Date;
  last_seen_at: Date;
  trusted_at: Date | null;
  push_service: "apns" | "expo" | "fcm" | "web_push" | null;
  push_token_set_at: Date | null;
  locale: string | null;
  time_zone: string | null;
  muted: Generated<boolean>;
}

/** A row of `group`. */
export interface GroupTable {
  id: GeneratedAlways<string>;
  public_id: string;
  name: string;
  description: string;
  roles: string[];
  created_at: Date;
  updated_at: Date;
}

/** A row of `group_member`. */
export interface GroupMemberTable {
  id: GeneratedAlways<string>;
  group_id: string;
  user_id: string;
  added_at: Date;
}

/** A row of `identity`. */
export interface IdentityTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  provider: string;
  issuer: string;
  subject: string;
  email: string | null;
  created_at: Date;
  last_used_at: Date;
  tokens: Uint8Array | null;
}

/** A row of `limit_counter`. */
export interface LimitCounterTable {
  key: string;
  count: number;
  allowed: boolean;
  blocked_until: Date | null;
  expires_at: Date;
}

/** A row of `mail_pace`. */
export interface MailPaceTable {
  key: string;
  sent: number;
  next_at: Date;
  expires_at: Date;
  asked_from: string | null;
  is_for_several: Generated<boolean>;
}

/** A row of `notification`. */
export interface NotificationTable {
  id: GeneratedAlways<string>;
  public_id: string;
  sender_id: string;
  idempotency_key: string | null;
  content: Uint8Array;
  is_bulk: boolean;
  is_test: Generated<boolean>;
  status: "scheduled" | "sending" | "done" | "canceled";
  is_open: Generated<boolean>;
  created_at: Date;
  send_at: Date;
  expires_at: Date;
  ledger_day: string | null;
  fan_out_cursor: Generated<string>;
  fanned_out_at: Date | null;
  finished_at: Date | null;
  queued: Generated<string>;
  sent: Generated<string>;
  failed: Generated<string>;
  dropped: Generated<string>;
  pruned: Generated<string>;
  suppressed: Generated<string>;
}

/** A row of `notification_delivery`. */
export interface NotificationDeliveryTable {
  notification_id: string;
  device_id: string;
  day: string;
  recipient_id: string;
  service: string;
  is_bulk: boolean;
  state: Generated<"queued" | "sent" | "failed" | "dropped" | "pruned" | "suppressed">;
  due_at: Date;
  claims: Generated<number>;
  failures: Generated<number>;
  reason: string | null;
}

/** A row of `one_time_token`. */
export interface OneTimeTokenTable {
  id: GeneratedAlways<string>;
  user_id: string;
  purpose:
    | "verify_email"
    | "confirm_email_change"
    | "undo_email_change"
    | "reset_password"
    | "magic_link"
    | "verify_phone"
    | "set_password";
  target: string;
  target_canonical: string;
  slot: string;
  digest: Uint8Array;
  attempts: number;
  created_at: Date;
  expires_at: Date;
  asked_ip: string | null;
  asked_user_agent: string | null;
  nonce: Uint8Array | null;
  asked_at: Date | null;
  redirect_to: string | null;
}

/** A row of `outbox_message`. */
export interface OutboxMessageTable {
  id: GeneratedAlways<string>;
  message_id: string;
  kind: "mail" | "sms" | "push";
  recipient: string;
  template: string;
  subject: string | null;
  text: string;
  html: string | null;
  created_at: Date;
}

/** A row of `passkey`. */
export interface PasskeyTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  credential_id: Uint8Array;
  public_key: Uint8Array;
  counter: string;
  transports: string[];
  aaguid: string;
  name: string;
  backup_eligible: boolean;
  backed_up: boolean;
  created_at: Date;
  last_used_at: Date | null;
}

/** A row of `passkey_handle`. */
export interface PasskeyHandleTable {
  user_id: string;
  handle: Uint8Array;
}

/** A row of `password`. */
export interface PasswordTable {
  user_id: string;
  hash: string;
  created_at: Date;
  updated_at: Date;
  version: Generated<number>;
}

/** A row of `password_recovery`. */
export interface PasswordRecoveryTable {
  id: GeneratedAlways<string>;
  public_id: string;
  digest: Uint8Array;
  user_id: string | null;
  phone: string | null;
  code_digest: Uint8Array | null;
  attempts: Generated<number>;
  created_at: Date;
  expires_at: Date;
}

/** A row of `pending_registration`. */
export interface PendingRegistrationTable {
  id: GeneratedAlways<string>;
  public_id: string;
  email_canonical: string | null;
  digest: Uint8Array;
  sealed: Uint8Array;
  created_at: Date;
  expires_at: Date;
  code_digest: Uint8Array | null;
  code_expires_at: Date | null;
  attempts: Generated<number>;
}

/** A row of `picture`. */
export interface PictureTable {
  id: string;
  user_id: string | null;
  storage: "database" | "s3";
  created_at: Date;
  delete_after: Date | null;
}

/** A row of `picture_content`. */
export interface PictureContentTable {
  picture_id: string;
  size: number;
  content: Uint8Array;
}

/** A row of `push_service_pause`. */
export interface PushServicePauseTable {
  service: string;
  until: Date;
  pauses: number;
}

/** A row of `recovery_code`. */
export interface RecoveryCodeTable {
  id: GeneratedAlways<string>;
  user_id: string;
  digest: Uint8Array;
  created_at: Date;
}

/** A row of `role`. */
export interface RoleTable {
  id: GeneratedAlways<string>;
  name: string;
  description: string;
  permissions: string[];
  created_at: Date;
  updated_at: Date;
  changed_at: Generated<Date>;
}

/** A row of `session`. */
export interface SessionTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  device_id: string | null;
  refresh_key: Uint8Array;
  refresh_counter: number;
  attempt_digest: Uint8Array | null;
  rotated_at: Date;
  remembered: boolean;
  methods: string[];
  ip: string | null;
  user_agent: string | null;
  created_at: Date;
  last_seen_at: Date;
  idle_expires_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
  revoked_reason:
    | "logout"
    | "logout_all"
    | "refresh_token_reused"
    | "password_changed"
    | "password_reset"
    | "email_change_undone"
    | "address_proven"
    | "revoked"
    | "account_disabled"
    | "account_deleted"
    | "ended_by_operator"
    | "password_removed"
    | "impersonation_ended"
    | "sign_in_code_reused"
    | null;
  changed_at: Date | null;
  reauthenticated_at: Date | null;
  impersonator_id: string | null;
  impersonator_session_id: string | null;
}

/** A row of `sign_in_challenge`. */
export interface SignInChallengeTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  digest: Uint8Array;
  methods: string[];
  password_version: number | null;
  sealed: Uint8Array;
  attempts: Generated<number>;
  code_digest: Uint8Array | null;
  created_at: Date;
  expires_at: Date;
  codes_sent: Generated<number>;
}

/** A row of `sign_in_code`. */
export interface SignInCodeTable {
  digest: Uint8Array;
  user_id: string;
  source_session_id: string | null;
  methods: string[];
  authenticated_at: Date;
  challenge: Uint8Array;
  expires_at: Date;
  used_at: Date | null;
  session_id: string | null;
}

/** A row of `signing_key`. */
export interface SigningKeyTable {
  id: string;
  public_jwk: JSONColumnType<Record<string, unknown>>;
  private_key: Uint8Array;
  activates_at: Date;
  published_at: Date;
}

/** A row of `spent_passkey_challenge`. */
export interface SpentPasskeyChallengeTable {
  digest: Uint8Array;
  expires_at: Date;
}

/** A row of `subscription_ticket`. */
export interface SubscriptionTicketTable {
  digest: Uint8Array;
  session_id: string;
  expires_at: Date;
}

/** A row of `totp`. */
export interface TotpTable {
  user_id: string;
  public_id: string;
  secret: Uint8Array;
  created_at: Date;
  confirmed_at: Date | null;
  last_step: Generated<string>;
}

/** A row of `user`. */
export interface UserTable {
  id: GeneratedAlways<string>;
  public_id: string;
  email: string | null;
  email_canonical: string | null;
  username: string | null;
  username_canonical: string | null;
  given_name: string | null;
  family_name: string | null;
  birth_date: string | null;
  locale: string;
  status: "active" | "deactivated" | "disabled";
  roles: string[];
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
  email_verified_at: Date | null;
  phone: string | null;
  phone_verified_at: Date | null;
  unvouched: Generated<boolean>;
  registered_ip: string | null;
  registered_user_agent: string | null;
  avatar_id: string | null;
  avatar_hash: string | null;
  username_skeleton: string | null;
  time_zone: string | null;
  public_metadata: JSONColumnType<Record<string, unknown>> | null;
  private_metadata: JSONColumnType<Record<string, unknown>> | null;
  status_reason: string | null;
  disabled_until: Date | null;
  second_factors: Generated<string[]>;
  device_trust_after: Date | null;
  anonymous_since: Date | null;
  second_factor_reset_at: Date | null;
  search_text: Generated<string>;
}

/** A row of `user_import`. */
export interface UserImportTable {
  source_digest: Uint8Array;
  next_byte: string;
  next_line: string;
  imported: string;
  refused: string;
  report_bytes: string;
  created_at: Date;
  updated_at: Date;
  finished_at: Date | null;
}

/** A row of `webhook`. */
export interface WebhookTable {
  id: GeneratedAlways<string>;
  public_id: string;
  url: string;
  description: string | null;
  events: string[];
  status: "active" | "disabled" | "paused" | "gone";
  failing_since: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** A row of `webhook_delivery`. */
export interface WebhookDeliveryTable {
  id: GeneratedAlways<string>;
  public_id: string;
  webhook_id: string;
  event_id: string;
  status: "pending" | "delivered" | "failed" | "canceled";
  round: Generated<number>;
  attempts: Generated<number>;
  created_at: Date;
  attempted_at: Date | null;
  duration_millis: number | null;
  response_status: number | null;
  response_excerpt: string | null;
  error: string | null;
}

/** A row of `webhook_event`. */
export interface WebhookEventTable {
  id: GeneratedAlways<string>;
  public_id: string;
  type: string;
  payload: Uint8Array;
  created_at: Date;
}

/** A row of `webhook_secret`. */
export interface WebhookSecretTable {
  public_id: string;
  webhook_id: string;
  secret: Uint8Array;
  created_at: Date;
  expires_at: Date | null;
}

/** Every table by its name. */
export interface Tables {
  account_day: AccountDayTable;
  account_deletion: AccountDeletionTable;
  active_account: ActiveAccountTable;
  api_key: ApiKeyTable;
  audit_chain: AuditChainTable;
  audit_checkpoint: AuditCheckpointTable;
  audit_event: AuditEventTable;
  audit_key: AuditKeyTable;
  audit_link: AuditLinkTable;
  bulk_operation: BulkOperationTable;
  bulk_target: BulkTargetTable;
  data_export: DataExportTable;
  data_export_part: DataExportPartTable;
  device: DeviceTable;
  group: GroupTable;
  group_member: GroupMemberTable;
  identity: IdentityTable;
  limit_counter: LimitCounterTable;
  mail_pace: MailPaceTable;
  notification: NotificationTable;
  notification_delivery: NotificationDeliveryTable;
  one_time_token: OneTimeTokenTable;
  outbox_message: OutboxMessageTable;
  passkey: PasskeyTable;
  passkey_handle: PasskeyHandleTable;
  password: PasswordTable;
  password_recovery: PasswordRecoveryTable;
  pending_registration: PendingRegistrationTable;
  picture: PictureTable;
  picture_content: PictureContentTable;
  push_service_pause: PushServicePauseTable;
  recovery_code: RecoveryCodeTable;
  role: RoleTable;
  session: SessionTable;
  sign_in_challenge: SignInChallengeTable;
  sign_in_code: SignInCodeTable;
  signing_key: SigningKeyTable;
  spent_passkey_challenge: SpentPasskeyChallengeTable;
  subscription_ticket: SubscriptionTicketTable;
  totp: TotpTable;
  user: UserTable;
  user_import: UserImportTable;
  webhook: WebhookTable;
  webhook_delivery: WebhookDeliveryTable;
  webhook_event: WebhookEventTable;
  webhook_secret: WebhookSecretTable;
}
