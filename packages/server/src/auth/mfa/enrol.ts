import { renderSVG } from "uqr";
import type { z } from "zod";
import type { AuditAction } from "../../audit/actions.ts";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Config } from "../../config.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { stopFactorReset, storeSecondFactors } from "../../user/second-factors.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { Actor } from "../session/actor.ts";
import { type AddMethodDeps, addMethods } from "../session/add-methods.ts";
import type { SignInMethodName } from "../session/methods.ts";
import { lockSession } from "../session/store.ts";
import { deleteChallenges } from "./challenge-store.ts";
import { hasFactor, type SecondFactor } from "./factors.ts";
import { deleteRecoveryCodes } from "./recovery-code-store.ts";
import { issueRecoveryCodes } from "./recovery-codes.ts";
import type { enrolTotpOutput, recoveryCodesOutput } from "./schema.ts";
import { describeTotp, redeemTotp, totpContext, totpSecretBytes } from "./totp.ts";
import { confirmStoredTotp, deleteTotp, findTotp, putUnconfirmedTotp } from "./totp-store.ts";

/** What setting up second factors needs. */
export type EnrolDeps = AuditDeps &
  NoticeDeps &
  AddMethodDeps & {
    readonly db: Database;
    readonly config: Pick<Config, "productName">;
    readonly keyRing: KeyRing;
    readonly random: RandomSource;
  };

/**
 * Makes a secret for an authenticator app, in place of one that was not confirmed. Until it is confirmed, sign-ins take no code.
 * Throws `SECOND_FACTOR_EXISTS` if the account has an app.
 */
export async function enrolTotp(deps: EnrolDeps, actor: Actor): Promise<z.output<typeof enrolTotpOutput>> {
  const secret = deps.random.bytes(totpSecretBytes);
  const publicId = deps.random.uuid();
  const user = await inTransaction(deps.db, async (trx) => {
    const locked = await lockSignedIn(trx, actor);
    const isStored = await putUnconfirmedTotp(trx, {
      user_id: actor.userId,
      public_id: publicId,
      secret: deps.keyRing.seal(secret, totpContext(publicId)),
      created_at: deps.clock.now(),
    });
    if (!isStored) throw new GatehouseError("SECOND_FACTOR_EXISTS");
    await recordChange(deps, trx, { user: locked, action: "second_factor.requested", factor: "totp" });
    return locked;
  });
  const account = user.email ?? user.username ?? user.phone ?? user.public_id;
  const described = describeTotp({ secret, issuer: deps.config.productName, account });
  return { ...described, qrSvg: renderSVG(described.uri, { border: 2 }) };
}

/**
 * Confirms the app by a code of it, from which on sign-ins take one, and gives out recovery codes. The session counts as signed
 * in with the code. An operator's pending reset ends. Throws `SECOND_FACTOR_MISSING` if nothing waits to be confirmed, and `SECOND_FACTOR_INVALID`.
 */
export async function confirmTotp(
  deps: EnrolDeps,
  actor: Actor,
  code: string,
): Promise<z.output<typeof recoveryCodesOutput>> {
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockSignedIn(trx, actor);
    const totp = await findTotp(trx, user.id);
    if (totp === undefined || totp.confirmed_at !== null) throw new GatehouseError("SECOND_FACTOR_MISSING");
    if (!(await redeemTotp(deps, trx, { totp, code }))) throw new GatehouseError("SECOND_FACTOR_INVALID");
    await confirmStoredTotp(trx, user.id, deps.clock.now());
    await stopFactorReset(deps, trx, { user, reason: "second_factor_proven" });
    return await addFactor(deps, trx, { user, factor: "totp", proven: { session: actor.session, methods: ["otp"] } });
  });
}

interface ChangedFactor {
  /** Locked by the transaction. */
  readonly user: UserRow;
  readonly factor: SecondFactor;
}

interface AddedFactor extends ChangedFactor {
  /** What adding it proved, and in which session. Default: nothing. */
  readonly proven?: { readonly session: Actor["session"]; readonly methods: readonly SignInMethodName[] };
}

/** Makes sign-ins take the factor, and tells the owner. The first one comes with recovery codes; they stay for later ones. */
export async function addFactor(
  deps: EnrolDeps,
  trx: DatabaseTransaction,
  { user, factor, proven }: AddedFactor,
): Promise<z.output<typeof recoveryCodesOutput>> {
  await storeSecondFactors(deps, trx, { userId: user.id, factors: [...user.second_factors, factor] });
  if (proven !== undefined) await addMethods(deps, trx, proven);
  await recordChange(deps, trx, { user, action: "second_factor.added", factor });
  await notifyOfChange(deps, trx, user);
  const isFirst = user.second_factors.length === 0;
  return { recoveryCodes: isFirst ? await issueRecoveryCodes(deps, trx, user.id) : [] };
}

/**
 * Makes sign-ins of the actor take the factor no more, and deletes the secret of an app. The recovery codes end with the last factor.
 * Throws `SECOND_FACTOR_MISSING` and `ACCESS_TOKEN_INVALID`.
 */
export async function disableFactor(deps: EnrolDeps, actor: Actor, factor: SecondFactor): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockSignedIn(trx, actor);
    if (!hasFactor(user, factor)) throw new GatehouseError("SECOND_FACTOR_MISSING");
    if (factor === "totp") await deleteTotp(trx, user.id);
    await removeFactor(deps, trx, { user, factor });
    await notifyOfChange(deps, trx, user);
  });
}

/** Makes sign-ins take the factor no more, and ends the recovery codes with the last factor. The caller tells the owner. */
export async function removeFactor(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, factor, reason }: ChangedFactor & { readonly reason?: string },
): Promise<void> {
  const factors = user.second_factors.filter((own) => own !== factor);
  await storeSecondFactors(deps, trx, { userId: user.id, factors });
  if (factors.length === 0) await deleteRecoveryCodes(trx, user.id);
  await recordChange(deps, trx, { user, action: "second_factor.removed", factor, reason });
}

/** Gives the user ten other recovery codes; the earlier ones end. Throws `SECOND_FACTOR_MISSING` for an account that takes none. */
export async function replaceCodes(deps: EnrolDeps, actor: Actor): Promise<z.output<typeof recoveryCodesOutput>> {
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockSignedIn(trx, actor);
    if (user.second_factors.length === 0) throw new GatehouseError("SECOND_FACTOR_MISSING");
    const recoveryCodes = await issueRecoveryCodes(deps, trx, user.id);
    await recordEvent(deps, trx, {
      action: "second_factor.recovery_codes_replaced",
      kind: "user",
      targetId: user.public_id,
    });
    await notifyOfChange(deps, trx, user);
    return { recoveryCodes };
  });
}

/** Removes every second factor of the user, with the recovery codes and the sign-ins that wait for one. The user must be locked. */
export async function removeAllFactors(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { user, reason }: { readonly user: Pick<UserRow, "id" | "public_id">; readonly reason: string },
): Promise<void> {
  await deleteTotp(trx, user.id);
  await deleteRecoveryCodes(trx, user.id);
  await deleteChallenges(trx, user.id);
  const locked = await lockUser(trx, user.id);
  if (locked === undefined || locked.second_factors.length === 0) return;
  await storeSecondFactors(deps, trx, { userId: user.id, factors: [] });
  for (const factor of locked.second_factors) {
    await recordEvent(deps, trx, {
      action: "second_factor.removed",
      kind: "user",
      targetId: user.public_id,
      details: { factor, reason },
    });
  }
}

async function recordChange(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  {
    user,
    action,
    factor,
    reason,
  }: ChangedFactor & { readonly action: AuditAction; readonly reason?: string | undefined },
): Promise<void> {
  const details = { factor, ...(reason === undefined ? {} : { reason }) };
  await recordEvent(deps, trx, { action, kind: "user", targetId: user.public_id, details });
}

/** Tells the owner that the second factors of the account changed. */
export async function notifyOfChange(
  deps: NoticeDeps & AuditDeps,
  trx: DatabaseTransaction,
  user: UserRow,
): Promise<void> {
  const notice = { template: "second-factor-changed", at: deps.clock.now() } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
}

/** Locks the user who calls, and their session. Throws `ACCESS_TOKEN_INVALID` if either has ended meanwhile. */
export async function lockSignedIn(trx: DatabaseTransaction, { userId, session }: Actor): Promise<UserRow> {
  const user = await lockUser(trx, userId);
  const isSignedIn = user !== undefined && (await lockSession(trx, session.id));
  if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
  return user;
}
