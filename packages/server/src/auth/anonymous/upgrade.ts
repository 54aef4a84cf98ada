import type { z } from "zod";
import type { Config } from "../../config.ts";
import { inTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { refund } from "../../limits/consume.ts";
import { isAnonymous } from "../../user/anonymous.ts";
import { assertIdentifiers } from "../../user/identifiers.ts";
import {
  assertEmailAvailable,
  assertUsernameAvailable,
  mapUniqueViolation,
  type Origin,
  publishChange,
  toUser,
  type User,
} from "../../user/service.ts";
import { findUser, lockUser } from "../../user/store.ts";
import { type EmailDeps, mailVerification } from "../email/service.ts";
import { enqueueMailRequest } from "../notice/deferred-mail.ts";
import { mailLimitKeys } from "../notice/service.ts";
import { networkPlace } from "../notice/throttle.ts";
import { requireMailRedirect } from "../one-time-token/redirect.ts";
import { type NewPasswordDeps, newPassword } from "../password/policy.ts";
import { parsePhone } from "../phone/number.ts";
import { type CodeSent, holdPhoneRegistration, type PhoneRegistrationDeps } from "../registration/by-phone.ts";
import { identifyAccount } from "../registration/create-account.ts";
import type { Actor } from "../session/actor.ts";
import { type AddMethodDeps, addMethods } from "../session/add-methods.ts";
import type { upgradeInput } from "./schema.ts";

/** What becoming a full account needs. */
export type UpgradeDeps = EmailDeps &
  PhoneRegistrationDeps &
  NewPasswordDeps &
  AddMethodDeps & { readonly config: Pick<Config, "mail" | "registrationIdentifiers" | "registrationMode"> };

interface Upgrading {
  readonly actor: Actor;
  readonly origin: Origin;
}

type Given = Omit<z.output<typeof upgradeInput>, "country" | "password" | "phone" | "redirectTo">;

interface ByMail {
  /** Where the page behind the mail's link leads; checked. */
  readonly redirectTo: string | undefined;
}

type Upgrade =
  | { readonly status: "upgraded"; readonly user: User }
  | { readonly status: "verification_sent" }
  | CodeSent;

const passwordMissing = { path: "password", message: "Required for an account without an email address" };

/**
 * Makes the actor's anonymous account a full one, as a registration would create it; it keeps its id and all that it has. At once by
 * a password; in the `verified` mode, and without a password, by a link to the address; by a number, when
 * `confirmRegistration` gets the code. The last two return the same whether the address or the number is taken or free. Throws
 * `ACCOUNT_NOT_ANONYMOUS`, `INVALID_INPUT`, `EMAIL_TAKEN` (at once only), `USERNAME_TAKEN`, `USERNAME_RESERVED`, `PASSWORD_TOO_WEAK`,
 * `EMAIL_NOT_CONFIGURED`, `REDIRECT_NOT_ALLOWED` and `TOO_MANY_REQUESTS`.
 */
export async function upgradeAccount(
  deps: UpgradeDeps,
  caller: Upgrading,
  { password, phone, country, redirectTo: wayOn, ...given }: z.output<typeof upgradeInput>,
): Promise<Upgrade> {
  const redirectTo = requireMailRedirect(deps.config, wayOn);
  assertIdentifiers(deps.config.registrationIdentifiers, { ...given, phone });
  const user = await findUser(deps.db, caller.actor.userId);
  if (user === undefined || !isAnonymous(user)) throw new GatehouseError("ACCOUNT_NOT_ANONYMOUS");
  await assertUsernameAvailable(deps, given.username);
  const { email } = given;
  const isByLink = email !== undefined && (password === undefined || deps.config.registrationMode === "verified");
  if (email !== undefined && !isByLink) await assertEmailAvailable(deps.db, email);
  const number = phone === undefined ? undefined : await parsePhone({ phone, country });
  const owner = { ...given, phone: number };
  const passwordHash = password === undefined ? undefined : await newPassword(deps, password, { owner });
  if (isByLink) return await upgradeByLink(deps, caller, { ...given, email, passwordHash, redirectTo });
  if (passwordHash === undefined) throw new GatehouseError("INVALID_INPUT", { errors: [passwordMissing] });
  const upgraded =
    number === undefined
      ? await upgradeAtOnce(deps, caller, { ...given, passwordHash, redirectTo })
      : await upgradeByPhone(deps, caller, { ...given, phone: number, passwordHash });
  // No mail was sent for which the call was counted. The last step, as a call that fails gives it back by itself.
  if (email === undefined) await refund(deps, { giveBack: mailLimitKeys({ ip: caller.origin.ip }) });
  return upgraded;
}

/** The user is locked, so that of several calls at once one finds the account anonymous. */
async function upgradeAtOnce(
  deps: UpgradeDeps,
  { actor: { userId, session }, origin }: Upgrading,
  { passwordHash, redirectTo, ...registrant }: Given & ByMail & { readonly passwordHash: string },
): Promise<Upgrade> {
  return await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const before = await lockUser(trx, userId);
      if (before === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
      const given = { ...registrant, registeredFrom: origin };
      const user = await identifyAccount(deps, trx, { before, given, passwordHash });
      // Refuses an ended session too.
      await addMethods(deps, trx, { session, methods: ["pwd"] });
      await publishChange(deps, trx, { before, after: user });
      await mailVerification(deps, trx, { user, place: networkPlace(deps, origin.ip), redirectTo });
      return { status: "upgraded", user: toUser(user, deps.config) };
    }),
  );
}

/** The job, not this call, checks whether the address is taken. */
async function upgradeByLink(
  deps: UpgradeDeps,
  { actor, origin: { ip, userAgent } }: Upgrading,
  given: Given & ByMail & { readonly email: string; readonly passwordHash: string | undefined },
): Promise<Upgrade> {
  requireMail(deps.config);
  const origin = { ip, userAgent };
  const pending = { id: deps.random.uuid(), upgrades: actor.userPublicId, requestedAt: deps.clock.now(), origin };
  const request = { template: "complete-registration", account: { ...given, ...pending }, ip } as const;
  await inTransaction(deps.db, (trx) => enqueueMailRequest(deps, trx, request));
  return { status: "verification_sent" };
}

/** The code, and not this call, makes the account full: `confirmRegistration` does it. */
async function upgradeByPhone(
  deps: UpgradeDeps,
  { actor: { userPublicId: upgrades }, origin: { ip } }: Upgrading,
  { email: _none, ...given }: Given & { readonly phone: string; readonly passwordHash: string },
): Promise<CodeSent> {
  return await holdPhoneRegistration(deps, { ...given, upgrades }, ip);
}
