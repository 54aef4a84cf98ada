import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent, recordEvents } from "../../audit/record.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { emailSchema } from "../../user/schema.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { Actor } from "../session/actor.ts";
import { lockSession } from "../session/store.ts";
import { type IdentityProof, type ProviderTokens, providerTokensSchema } from "../social/proof.ts";
import { requireWayIn } from "../way-in/service.ts";
import type { identitySchema, unlinkIdentityInput } from "./schema.ts";
import { identityTokensContext } from "./sealed.ts";
import {
  deleteIdentities,
  findIdentity,
  type IdentityChanges,
  type IdentityRow,
  insertIdentity,
  listIdentitiesOf,
  recordUse,
} from "./store.ts";

/** What linking and unlinking identities needs. */
export interface IdentityDeps extends AuditDeps, NoticeDeps {
  readonly config: Pick<Config, "mail" | "social">;
  readonly db: Database;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
}

type Identity = z.output<typeof identitySchema>;

/** A user's identities, the oldest first. */
export async function listIdentities(
  { db }: Pick<IdentityDeps, "db">,
  { userId }: { readonly userId: string },
): Promise<{ readonly items: Identity[] }> {
  return { items: (await listIdentitiesOf(db, userId)).map(toIdentity) };
}

function toIdentity({ public_id: id, provider, email, created_at, last_used_at }: IdentityRow): Identity {
  return { id, provider, email, createdAt: created_at, lastUsedAt: last_used_at };
}

/** A locked user, and a proof of an identity that becomes theirs. */
interface NewIdentity {
  readonly user: UserRow;
  readonly proof: IdentityProof;
}

/**
 * Links the identity to the user, and records it. An identity that is theirs already stays. Returns `false` if it is another
 * user's: the database keeps it unique, whatever happens at once.
 */
export async function addIdentity(
  deps: IdentityDeps,
  trx: DatabaseTransaction,
  { user, proof }: NewIdentity,
): Promise<boolean> {
  const { provider, issuer, subject } = proof;
  const publicId = deps.random.uuid();
  const now = deps.clock.now();
  const isNew = await insertIdentity(trx, {
    public_id: publicId,
    user_id: user.id,
    provider,
    issuer,
    subject,
    email: emailOf(proof),
    created_at: now,
    last_used_at: now,
    tokens: sealTokens(deps, publicId, proof) ?? null,
  });
  if (!isNew) return (await findIdentity(trx, proof))?.user_id === user.id;
  const linked = { action: "identity.linked", kind: "identity", accountId: user.public_id } as const;
  await recordEvent(deps, trx, { ...linked, targetId: publicId, details: { provider } });
  return true;
}

/** Stores what the provider said at a sign-in by an identity that is known; returns `false` if it was unlinked meanwhile. */
export async function noteUse(
  deps: Pick<IdentityDeps, "clock" | "keyRing">,
  trx: DatabaseTransaction,
  { identity, proof }: { readonly identity: IdentityRow; readonly proof: IdentityProof },
): Promise<boolean> {
  return await recordUse(trx, identity.id, changesOfUse(deps, proof, identity.public_id));
}

/** What a sign-in by this identity stores of what the provider said. */
export function changesOfUse(
  deps: Pick<IdentityDeps, "clock" | "keyRing">,
  proof: IdentityProof,
  publicId: string,
): IdentityChanges {
  const tokens = sealTokens(deps, publicId, proof);
  const use = { provider: proof.provider, email: emailOf(proof), last_used_at: deps.clock.now() };
  return tokens === undefined ? use : { ...use, tokens };
}

/** The provider's address, if it is one: it may be any text, of any length. */
function emailOf({ email }: IdentityProof): string | null {
  return emailSchema.safeParse(email).data ?? null;
}

function sealTokens({ keyRing }: Pick<IdentityDeps, "keyRing">, publicId: string, { tokens }: IdentityProof) {
  if (tokens === undefined) return undefined;
  return keyRing.seal(Buffer.from(JSON.stringify(tokens)), identityTokensContext(publicId));
}

/**
 * The tokens of a user's identity at a provider, by the internal id of the user, as `ctx.actor.userId` has it, for the app's own
 * calls of the provider. `undefined` if the settings did not keep them at the last sign-in.
 */
export async function getProviderTokens(
  { db, keyRing }: Pick<IdentityDeps, "db" | "keyRing">,
  userId: string,
  provider: string,
): Promise<ProviderTokens | undefined> {
  const identity = (await listIdentitiesOf(db, userId)).find(
    (each) => each.provider === provider && each.tokens !== null,
  );
  if (identity === undefined || identity.tokens === null) return undefined;
  const json = keyRing.open(identity.tokens, identityTokensContext(identity.public_id)).toString();
  return providerTokensSchema.parse(JSON.parse(json));
}

/** What became of an identity. */
interface IdentityChange {
  readonly user: UserRow;
  readonly provider: string;
  readonly change: "linked" | "unlinked";
}

/** Tells the owner of the account, if they have proven their address. */
export async function tellOwner(
  deps: IdentityDeps,
  trx: DatabaseTransaction,
  { user, provider, change }: IdentityChange,
): Promise<void> {
  const notice = { template: "identity-changed", at: deps.clock.now(), provider, change } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
}

/**
 * Ends the caller's identities at a provider, or one of them. The user is locked while a way in is removed, so of two that are
 * removed at once, one stays. Throws `NOT_FOUND`, `LAST_WAY_IN`, and `ACCESS_TOKEN_INVALID` if the session has ended meanwhile.
 */
export async function unlinkIdentities(
  deps: IdentityDeps,
  { userId, session }: Actor,
  { provider, id: publicId }: z.output<typeof unlinkIdentityInput>,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const targetIds = await deleteIdentities(trx, { userId, provider, publicId });
    if (targetIds.length === 0) throw new GatehouseError("NOT_FOUND");
    await requireWayIn(deps, trx, userId);
    await recordEvents(deps, trx, { action: "identity.unlinked", kind: "identity", targetIds, details: { provider } });
    await tellOwner(deps, trx, { user, provider, change: "unlinked" });
  });
}
