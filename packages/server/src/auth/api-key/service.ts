import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { addSeconds, type Clock, daySeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { apiKeyBytes, apiKeyPrefix, formatApiKey } from "../../crypto/api-key.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { LimitDeps } from "../../limits/consume.ts";
import { readPage } from "../../list-page.ts";
import { type AuthorityDeps, requireOwn } from "../../role/authority.ts";
import { addressOf } from "../../user/service.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { sendSecurityNotice } from "../notice/service.ts";
import type { Actor, Principal } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import type { createApiKeyInput, createApiKeyOutput, listApiKeysInput, listApiKeysOutput } from "./schema.ts";
import { type ApiKeyRow, countLiveApiKeys, hasApiKey, insertApiKey, listApiKeysOf, revokeApiKeyOf } from "./store.ts";

/** What API keys need. */
interface ApiKeyDeps extends LimitDeps, MailDeps, AuthorityDeps, AuditDeps {
  readonly config: Pick<Config, "mail" | "apiKeys">;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly cursors: CursorCodec;
  /** The scopes that keys can have: those that procedures require, sorted. */
  readonly scopes: readonly string[];
  /** Those that are also permissions, which roles give. */
  readonly permissions: readonly string[];
}

/** An API key as its owner sees it. */
type ApiKey = z.output<typeof createApiKeyOutput>["apiKey"];

/** A validated request for a key. */
interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

/**
 * Creates an API key of the actor and returns its secret, which is not stored; the owner is told by mail. Throws `INVALID_INPUT`
 * for an unknown scope and for an expiry that is past or too late, `FORBIDDEN`, `EMAIL_MISSING`, `EMAIL_NOT_VERIFIED` and
 * `API_KEY_LIMIT_REACHED`.
 */
export async function createApiKey(
  deps: ApiKeyDeps,
  actor: Actor,
  input: z.output<typeof createApiKeyInput>,
): Promise<z.output<typeof createApiKeyOutput>> {
  const created = {
    name: input.name,
    scopes: await validScopes(deps, actor, input.scopes),
    expiresAt: expiryOf(deps, input.expiresAt),
  };
  const secret = formatApiKey(deps.random.bytes(apiKeyBytes));
  const row = await inTransaction(deps.db, async (trx) => {
    const user = await lockOwner(trx, actor);
    // The key would outlive the session, and the account may turn out to be another person's.
    addressOf(user);
    if (user.email_verified_at === null) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    const count = await countLiveApiKeys(trx, user.id, deps.clock.now());
    if (count >= deps.config.apiKeys.maxPerUser) throw new GatehouseError("API_KEY_LIMIT_REACHED");
    const added = await addApiKey(deps, trx, { created, secret, userId: user.id });
    const { name, prefix, created_at: at, public_id: targetId, scopes } = added;
    await recordEvent(deps, trx, { action: "api_key.created", kind: "api_key", targetId, details: { name, scopes } });
    await sendSecurityNotice(deps, trx, {
      user,
      notice: { template: "api-key-created", keyName: name, prefix, at },
    });
    return added;
  });
  return { apiKey: toApiKey(row), secret };
}

/**
 * Locks the actor's account and session, so that concurrent calls count the keys one after the other, and the account or the
 * session ends either before or after. Throws `ACCESS_TOKEN_INVALID`.
 */
async function lockOwner(trx: DatabaseTransaction, { userId, session }: Actor): Promise<UserRow> {
  const user = await lockUser(trx, userId);
  const isSignedIn = user?.status === "active" && (await lockSession(trx, session.id));
  if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return user;
}

async function addApiKey(
  deps: Pick<ApiKeyDeps, "clock" | "random">,
  trx: DatabaseTransaction,
  { created, secret, userId }: { readonly created: NewApiKey; readonly secret: string; readonly userId: string },
): Promise<ApiKeyRow> {
  return await insertApiKey(trx, {
    public_id: deps.random.uuid(),
    user_id: userId,
    name: created.name,
    prefix: apiKeyPrefix(secret),
    digest: digestSecret(secret),
    scopes: [...created.scopes],
    created_at: deps.clock.now(),
    expires_at: created.expiresAt,
  });
}

/**
 * The requested scopes without duplicates. Throws `INVALID_INPUT` for a scope that no procedure requires, as it would show only
 * when the key is used, and `FORBIDDEN` for a permission that the actor does not have.
 */
async function validScopes(deps: ApiKeyDeps, actor: Actor, asked: readonly string[]): Promise<readonly string[]> {
  const { scopes: known, permissions } = deps;
  const message = `Must be one of: ${known.join(", ")}`;
  const errors = asked.flatMap((scope, index) => (known.includes(scope) ? [] : [{ path: `scopes.${index}`, message }]));
  if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
  const wanted = asked.filter((scope) => permissions.includes(scope));
  await requireOwn(deps, { actor, permissions: wanted });
  return [...new Set(asked)];
}

function expiryOf({ clock, config }: Pick<ApiKeyDeps, "clock" | "config">, expiresAt: string | undefined): Date {
  const now = clock.now();
  const { maxTtlDays } = config.apiKeys;
  const latest = addSeconds(now, maxTtlDays * daySeconds);
  const wanted = expiresAt === undefined ? latest : new Date(expiresAt);
  if (wanted > now && wanted <= latest) return wanted;
  const message = `Must be in the future, and at most ${maxTtlDays} days from now`;
  throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "expiresAt", message }] });
}

/** Lists the actor's keys that were not revoked, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listApiKeys(
  deps: Pick<ApiKeyDeps, "db" | "cursors">,
  { userId, userPublicId }: Principal,
  page: z.output<typeof listApiKeysInput>,
): Promise<z.output<typeof listApiKeysOutput>> {
  const request = { list: `api-keys:${userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listApiKeysOf(deps.db, userId, bounds));
  return { items: rows.map(toApiKey), nextCursor };
}

/** Revokes a key of the actor. Revoking it again is no failure, because this may be a retry. Throws `NOT_FOUND`. */
export async function revokeApiKey(
  deps: Pick<ApiKeyDeps, "db" | "clock" | "call">,
  { userId }: Principal,
  publicId: string,
): Promise<void> {
  const key = { publicId, userId };
  await inTransaction(deps.db, async (trx) => {
    if (await revokeApiKeyOf(trx, key, deps.clock.now())) {
      return await recordEvent(deps, trx, { action: "api_key.revoked", kind: "api_key", targetId: publicId });
    }
    if (!(await hasApiKey(trx, key))) throw new GatehouseError("NOT_FOUND");
  });
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.public_id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
