// Made by `pnpm db:types` from the migrations; do not edit.
import type { GeneratedAlways, JSONColumnType } from "kysely";

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

/** A row of `password`. */
export interface PasswordTable {
  user_id: string;
  hash: string;
  created_at: Date;
  updated_at: Date;
}

/** A row of `session`. */
export interface SessionTable {
  id: GeneratedAlways<string>;
  public_id: string;
  user_id: string;
  device_id: string | null;
  refresh_key: Uint8Array;
  refresh_counter: number;
  confirmed_counter: number;
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
  revoked_reason: "logout" | "logout_all" | "refresh_token_reused" | null;
  changed_at: Date | null;
}

/** A row of `signing_key`. */
export interface SigningKeyTable {
  id: string;
  public_jwk: JSONColumnType<Record<string, unknown>>;
  private_key: Uint8Array;
  status: "active" | "retired";
  created_at: Date;
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
}

/** Every table by its name. */
export interface Tables {
  device: DeviceTable;
  password: PasswordTable;
  session: SessionTable;
  signing_key: SigningKeyTable;
  user: UserTable;
}
