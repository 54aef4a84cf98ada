import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { apiKeyBytes, apiKeyPrefix, formatApiKey } from "../../crypto/api-key.ts";
import type { CursorCodec } from "../../crypto/cursor.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { Database } from "../../database/connection.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { LimitDeps } from "../../limits/consume.ts";
import { readPage } from "../../list-page.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { sendSecurityNotice } from "../notice/service.ts";
import type { Actor, Principal } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import type { createApiKeyInput, createApiKeyOutput, listApiKeysInput, listApiKeysOutput } from "./schema.ts";
import { type ApiKeyRow, countLiveApiKeys, insertApiKey, listApiKeysOf, revokeApiKeyOf } from "./store.ts";

/** What API keys need. */
interface ApiKeyDeps extends LimitDeps, MailDeps {
  readonly config: Pick<Config, "mail" | "apiKeys">;
  readonly db: Database;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly cursors: CursorCodec;
  /** What keys can be made for: the scopes that procedures take, sorted. */
  readonly scopes: readonly string[];
}

/** A key as its owner sees it. */
type ApiKey = z.output<typeof createApiKeyOutput>["apiKey"];

/** What the actor wants, checked. */
interface Wish {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

/**
 * Makes a key of the actor's and answers with it, for the only time; its owner is told by mail. Throws `INVALID_INPUT` for
 * a scope that there is not or a moment too early or too late, `EMAIL_NOT_VERIFIED` and `API_KEY_LIMIT_REACHED`.
 */
export async function createApiKey(
  deps: ApiKeyDeps,
  actor: Actor,
  input: z.output<typeof createApiKeyInput>,
): Promise<z.output<typeof createApiKeyOutput>> {
  const wish = { name: input.name, scopes: knownScopes(deps, input.scopes), expiresAt: endOf(deps, input.expiresAt) };
  const secret = formatApiKey(deps.random.bytes(apiKeyBytes));
  const row = await inTransaction(deps.db, async (trx) => {
    const user = await lockOwner(trx, actor);
    // It would outlive the session, and the account may not be its maker's to keep.
    if (user.email_verified_at === null) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    const count = await countLiveApiKeys(trx, user.id, deps.clock.now());
    if (count >= deps.config.apiKeys.maxPerUser) throw new GatehouseError("API_KEY_LIMIT_REACHED");
    const added = await addApiKey(deps, trx, { wish, secret, userId: user.id });
    const { name, prefix, created_at: at } = added;
    await sendSecurityNotice(deps, trx, user, { template: "api-key-created", keyName: name, prefix, at });
    return added;
  });
  return { apiKey: toApiKey(row), secret };
}

/**
 * The actor's account, locked: keys that are made at once are counted one after the other, and what ends the account or the
 * session comes before or after. Throws `ACCESS_TOKEN_INVALID`.
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
  { wish, secret, userId }: { readonly wish: Wish; readonly secret: string; readonly userId: string },
): Promise<ApiKeyRow> {
  return await insertApiKey(trx, {
    public_id: deps.random.uuid(),
    user_id: userId,
    name: wish.name,
    prefix: apiKeyPrefix(secret),
    digest: digestSecret(secret),
    scopes: [...wish.scopes],
    created_at: deps.clock.now(),
    expires_at: wish.expiresAt,
  });
}

/** Each once. A scope that no procedure takes is a mistake that would show much later. */
function knownScopes({ scopes: known }: Pick<ApiKeyDeps, "scopes">, asked: readonly string[]): readonly string[] {
  const message = `Must be one of: ${known.join(", ")}`;
  const errors = asked.flatMap((scope, index) => (known.includes(scope) ? [] : [{ path: `scopes.${index}`, message }]));
  if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
  return [...new Set(asked)];
}

const daySeconds = 24 * 60 * 60;

function endOf({ clock, config }: Pick<ApiKeyDeps, "clock" | "config">, expiresAt: string | undefined): Date {
  const now = clock.now();
  const { maxTtlDays } = config.apiKeys;
  const latest = addSeconds(now, maxTtlDays * daySeconds);
  const wanted = expiresAt === undefined ? latest : new Date(expiresAt);
  if (wanted > now && wanted <= latest) return wanted;
  const message = `Must be in the future, and at most ${maxTtlDays} days from now`;
  throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "expiresAt", message }] });
}

/** The actor's keys that were not revoked, the newest first. Throws `INVALID_INPUT` for a foreign cursor. */
export async function listApiKeys(
  deps: Pick<ApiKeyDeps, "db" | "cursors">,
  { userId, userPublicId }: Principal,
  page: z.output<typeof listApiKeysInput>,
): Promise<z.output<typeof listApiKeysOutput>> {
  const request = { list: `api-keys:${userPublicId}`, ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listApiKeysOf(deps.db, userId, bounds));
  return { items: rows.map(toApiKey), nextCursor };
}

/** Revokes a key of the actor's; again is no mistake, since the answer may have been lost. Throws `NOT_FOUND`. */
export async function revokeApiKey(
  deps: Pick<ApiKeyDeps, "db" | "clock">,
  { userId }: Principal,
  publicId: string,
): Promise<void> {
  const isTheirs = await revokeApiKeyOf(deps.db, { publicId, userId }, deps.clock.now());
  if (!isTheirs) throw new GatehouseError("NOT_FOUND");
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
