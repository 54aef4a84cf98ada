import { type ExpressionBuilder, sql } from "kysely";
import type { Database } from "../../database/connection.ts";
import type { Tables } from "../../database/tables.gen.ts";

// Every column is named, so that a new one is neither left out nor given away unseen: a test compares them with the tables.

/** Whose rows a page has, and after which row it begins. */
export interface ContentPage {
  /** The internal id. */
  readonly userId: string;
  /** The public id. */
  readonly userPublicId: string;
  /** The internal id of the last row of the page before; `"0"` for the first page. */
  readonly after: string;
  readonly limit: number;
}

/** The user's own row. */
export async function findAccount(db: Database, userId: string) {
  return await db
    .selectFrom("user")
    .select(["public_id", "email", "email_verified_at", "unvouched", "username", "given_name", "family_name"])
    .select(["birth_date", "locale", "phone", "phone_verified_at", "status", "status_reason", "disabled_until"])
    .select([
      "roles",
      "avatar_hash",
      "registered_ip",
      "registered_user_agent",
      "created_at",
      "updated_at",
      "deleted_at",
    ])
    .select(["time_zone", "public_metadata", "private_metadata", "second_factors", "second_factor_reset_at"])
    .select("anonymous_since")
    .where("id", "=", userId)
    .executeTakeFirst();
}

/** The picture that the user shows. Earlier ones are deleted when it is set. */
export async function findPictureContent(db: Database, userId: string) {
  return await db
    .selectFrom("picture")
    .innerJoin("user", "user.avatar_id", "picture.id")
    .select(["picture.id", "picture.storage", "picture.created_at"])
    .where("user.id", "=", userId)
    .executeTakeFirst();
}

/** When the user's password was set, which is all of it that says something about them. */
export async function findPasswordTimes(db: Database, userId: string) {
  return await db
    .selectFrom("password")
    .select(["created_at", "updated_at"])
    .where("user_id", "=", userId)
    .executeTakeFirst();
}

/** When the user's authenticator app was set up. */
export async function findAuthenticatorTimes(db: Database, userId: string) {
  return await db
    .selectFrom("totp")
    .select(["created_at", "confirmed_at"])
    .where("user_id", "=", userId)
    .executeTakeFirst();
}

/** A page of the recovery codes that are left: when they were made. */
export async function listRecoveryCodeContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("recovery_code")
    .select(["id", "created_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the sign-ins that wait for a second factor. */
export async function listChallengeContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("sign_in_challenge")
    .select(["id", "public_id", "methods", "attempts", "codes_sent", "created_at", "expires_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** The column of a session, or null if it tells where an administrator is who acted in the user's name. */
function whereUserActed(eb: ExpressionBuilder<Tables, "session">, column: "session.ip" | "session.user_agent") {
  return eb.case().when("session.impersonator_id", "is", null).then(eb.ref(column)).end();
}

/** A page of the user's sessions, ended ones too. */
export async function listSessionContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("session")
    .leftJoin("device", "device.id", "session.device_id")
    .select(["session.id", "session.public_id", "device.public_id as device_id", "session.remembered"])
    .select(["session.methods", "session.created_at", "session.last_seen_at"])
    .select((eb) => whereUserActed(eb, "session.ip").as("ip"))
    .select((eb) => whereUserActed(eb, "session.user_agent").as("user_agent"))
    .select(["session.rotated_at", "session.idle_expires_at", "session.expires_at", "session.revoked_at"])
    .select(["session.revoked_reason", "session.reauthenticated_at"])
    // Who it was is not said: the operator has a copy of their own.
    .select((eb) => eb("session.impersonator_id", "is not", null).as("impersonated"))
    .where("session.user_id", "=", userId)
    .where("session.id", ">", after)
    .orderBy("session.id")
    .limit(limit)
    .execute();
}

/** A page of the user's devices. */
export async function listDeviceContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("device")
    .select(["id", "public_id", "installation_id", "platform", "push_token", "name", "model", "os_version"])
    .select(["app_version", "active", "created_at", "updated_at", "last_seen_at", "trusted_at"])
    .select(["push_service", "push_token_set_at", "locale", "time_zone", "muted"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the user's API keys, ended ones too. */
export async function listApiKeyContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("api_key")
    .select(["id", "public_id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the user's passkeys. */
export async function listPasskeyContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("passkey")
    .select(["id", "public_id", "name", "transports", "aaguid", "backup_eligible", "backed_up", "counter"])
    .select(["created_at", "last_used_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the identities by which the user signs in at providers. */
export async function listIdentityContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("identity")
    .select(["id", "public_id", "provider", "issuer", "subject", "email", "created_at", "last_used_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the links and codes that are out. */
export async function listLinkContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("one_time_token")
    .select(["id", "purpose", "target", "attempts", "created_at", "expires_at", "asked_at", "asked_ip"])
    .select(["asked_user_agent", "redirect_to"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the recoveries by a code that are under way. */
export async function listRecoveryContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("password_recovery")
    .select(["id", "public_id", "phone", "attempts", "created_at", "expires_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the user's groups. */
export async function listGroupContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("group_member")
    .innerJoin("group", "group.id", "group_member.group_id")
    .select(["group_member.id", "group.public_id as group_id", "group.name", "group.roles", "group_member.added_at"])
    .where("group_member.user_id", "=", userId)
    .where("group_member.id", ">", after)
    .orderBy("group_member.id")
    .limit(limit)
    .execute();
}

/** A page of the copies that the user asked for. */
export async function listExportContent(db: Database, { userId, after, limit }: ContentPage) {
  return await db
    .selectFrom("data_export")
    .select(["id", "public_id", "requested_at", "completed_at", "expires_at"])
    .where("user_id", "=", userId)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of the events that the user caused. */
export async function listEventsBy(db: Database, { userPublicId, after, limit }: ContentPage) {
  return await db
    .selectFrom("audit_event")
    .select(["id", "public_id", "at", "action", "target_kind", "target_id", "api_key_id", "request_id", "personal"])
    .where("actor_id", "=", userPublicId)
    .where("impersonator_id", "is", null)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** A page of what others did with the account: without their addresses and programs, which are theirs. */
export async function listEventsAbout(db: Database, { userPublicId, after, limit }: ContentPage) {
  return await db
    .selectFrom("audit_event")
    .select(["id", "public_id", "at", "action", "actor_kind", "target_kind", "target_id"])
    .select(sql<unknown>`personal - 'ip' - 'userAgent'`.as("personal"))
    .where("account_id", "=", userPublicId)
    .where((eb) => eb.or([eb("actor_id", "is distinct from", userPublicId), eb("impersonator_id", "is not", null)]))
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}
