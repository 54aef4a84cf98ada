import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import type { UserRow } from "../../user/store.ts";
import { type NoticeDeps, sendSecurityNotice } from "../notice/service.ts";
import type { SignInMethodName } from "../session/methods.ts";
import { countRecoveryCodes } from "./recovery-code-store.ts";
import { redeemRecoveryCode } from "./recovery-codes.ts";
import { redeemTotp } from "./totp.ts";
import { findTotp } from "./totp-store.ts";

/** What proving a second factor needs. */
export type ProveFactorDeps = AuditDeps & NoticeDeps & { readonly keyRing: KeyRing };

/** A second factor as presented: one of them. */
export type PresentedFactor =
  | { readonly code: string; readonly recoveryCode?: undefined }
  | { readonly code?: undefined; readonly recoveryCode: string };

interface Presented {
  /** Locked by the transaction. */
  readonly user: UserRow;
  readonly factor: PresentedFactor;
}

/** Uses up the factor and returns its name in a session's `methods`; `undefined` if it is not the user's. */
export async function proveFactor(
  deps: ProveFactorDeps,
  trx: DatabaseTransaction,
  { user, factor }: Presented,
): Promise<SignInMethodName | undefined> {
  if (factor.code !== undefined) return (await proveTotp(deps, trx, { user, code: factor.code })) ? "otp" : undefined;
  const isRedeemed = await redeemRecoveryCode(trx, { userId: user.id, code: factor.recoveryCode });
  if (!isRedeemed) return undefined;
  await noteRecoveryCode(deps, trx, user);
  return "recovery_code";
}

async function proveTotp(
  deps: ProveFactorDeps,
  trx: DatabaseTransaction,
  { user, code }: { readonly user: UserRow; readonly code: string },
): Promise<boolean> {
  const totp = await findTotp(trx, user.id);
  return totp !== undefined && totp.confirmed_at !== null && (await redeemTotp(deps, trx, { totp, code }));
}

/** Tells the owner: a stranger who has found the codes can sign in with each of them. */
async function noteRecoveryCode(deps: ProveFactorDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const left = await countRecoveryCodes(trx, user.id);
  await recordEvent(deps, trx, {
    action: "second_factor.recovery_code_used",
    kind: "user",
    actor: { kind: "user", id: user.public_id },
    targetId: user.public_id,
    details: { left },
  });
  const notice = { template: "second-factor-changed", at: deps.clock.now() } as const;
  await sendSecurityNotice(deps, trx, { user, notice });
}
