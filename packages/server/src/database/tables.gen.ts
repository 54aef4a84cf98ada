// Made by `pnpm db:types` from the migrations; do not edit.
import type { Generated, GeneratedAlways, JSONColumnType } from "kysely";

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
    | "verify_phone";
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

/** A row of `password`. */
export interface PasswordTable {
  user_id: string;
  hash: string;
  created_at: Date;
  updated_at: Date;
  version: Generated<number>;
}

/** A row of `pending_registration`. */
export interface PendingRegistrationTable {
  id: GeneratedAlways<string>;
  public_id: string;
  email_canonical: string;
  digest: Uint8Array;
  sealed: Uint8Array;
  created_at: Date;
  expires_at: Date;
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
    | null;
  changed_at: Date | null;
  reauthenticated_at: Date | null;
}

/** A row of `signing_key`. */
export interface SigningKeyTable {
  id: string;
  public_jwk: JSONColumnType<Record<string, unknown>>;
  private_key: Uint8Array;
  activates_at: Date;
  published_at: Date;
}

/** A row of `subscription_ticket`. */
export interface SubscriptionTicketTable {
  digest: Uint8Array;
  session_id: string;
  expires_at: Date;
}

/** A row of `user`. */
export interface UserTable {
  id: GeneratedAlways<string>;
  public_id: string;
  email: string;
  email_canonical: string;
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

/** Every table by its name. */
export interface Tables {
  api_key: ApiKeyTable;
  device: DeviceTable;
  limit_counter: LimitCounterTable;
  mail_pace: MailPaceTable;
  one_time_token: OneTimeTokenTable;
  outbox_message: OutboxMessageTable;
  password: PasswordTable;
  pending_registration: PendingRegistrationTable;
  picture: PictureTable;
  picture_content: PictureContentTable;
  session: SessionTable;
  signing_key: SigningKeyTable;
  subscription_ticket: SubscriptionTicketTable;
  user: UserTable;
  user_import: UserImportTable;
}
