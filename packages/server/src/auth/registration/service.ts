import { matchesDigest } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { isAnonymous } from "../../user/anonymous.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { defaultLocale, mapUniqueViolation, type NewUser, toUser } from "../../user/service.ts";
import { lockUserByPublicId } from "../../user/store.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { proveEmail } from "../email/prove.ts";
import { mailLink } from "../notice/mail-link.ts";
import { mailUser } from "../notice/service.ts";
import { digestLinkToken, type LinkDeps, makeLink } from "../one-time-token/link.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { type AccountDeps, createAccount, identifyAccount } from "./create-account.ts";
import { createWithFreeUsername, openRegistration, sealRegistration } from "./pending.ts";
import { type Registration, registrationSchema } from "./schema.ts";
import {
  deleteRegistration,
  deleteRegistrations,
  findRegistration,
  insertRegistration,
  lockRegistrations,
  type PendingRegistrationRow,
} from "./store.ts";

/** What a pending registration needs. */
export type RegistrationDeps = AccountDeps & LinkDeps & MailDeps & EventDeps & EndSessionDeps;

/**
 * Stores a registration until its link is opened, and sends the link. The account does not exist before that, so an attacker
 * cannot learn by signing in that the address was free, nor reserve a username. The link of a registration that is already
 * stored is not sent again.
 */
export async function holdRegistration(
  deps: RegistrationDeps,
  trx: DatabaseTransaction,
  registration: Registration,
): Promise<void> {
  const { id, email, locale = defaultLocale } = registration;
  const { url, validForMinutes, digest, createdAt, expiresAt } = makeLink(deps, "complete_registration");
  const isNew = await insertRegistration(trx, {
    public_id: id,
    email_canonical: canonicalEmail(email),
    digest,
    sealed: sealRegistration(deps, registration),
    created_at: createdAt,
    expires_at: expiresAt,
  });
  if (!isNew) return;
  await mailUser(deps, trx, {
    recipient: { email, locale },
    content: { template: "complete-registration", url, validForMinutes },
  });
}

/** The opened link of a registration, and its reader's answer about who registered. */
interface OpenedLink {
  readonly token: string;
  readonly requestedBy: "me" | "somebody_else" | undefined;
}

/**
 * Creates the account of a registration by the token of its link, and ends all other registrations of its address; returns
 * `false` for any other token. If the reader says that somebody else registered, the registration ends without an account. A
 * username that was taken or reserved meanwhile is left out; the owner can choose another. Throws `EMAIL_TAKEN`.
 */
export async function completeRegistration(deps: RegistrationDeps, opened: OpenedLink): Promise<boolean> {
  return await createWithFreeUsername((lost) => redeem(deps, opened, lost));
}

async function redeem(
  deps: RegistrationDeps,
  { token, requestedBy }: OpenedLink,
  lost: { readonly username?: undefined },
): Promise<boolean> {
  const digest = digestLinkToken(token);
  if (digest === undefined) return false;
  return await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const waiting = await lockRegistrations(trx, digest);
      const row = waiting.find((one) => matchesDigest(token, one.digest));
      if (row === undefined || row.expires_at <= deps.clock.now()) return false;
      if (requestedBy === "somebody_else") {
        // Another registration of the same address may be the reader's own.
        await deleteRegistration(trx, row.id);
        return true;
      }
      const registration = { ...open(deps, row), ...lost };
      if (await upgradeByLink(deps, trx, { registration, requestedBy })) {
        await deleteRegistrations(trx, canonicalEmail(registration.email));
        return true;
      }
      const {
        passwordHash,
        upgrades: _upgrades,
        origin: _origin,
        requestedAt: _at,
        redirectTo,
        ...given
      } = registration;
      // Until the reader says that they registered, the password may be a stranger's.
      const unvouched = requestedBy === undefined && passwordHash !== undefined;
      const user: NewUser = { ...given, emailVerified: true, unvouched };
      const account = await createAccount(deps, trx, { user, passwordHash });
      await publishEvent(deps, trx, { type: "user.created", data: toUser(account, deps.config) });
      if (passwordHash === undefined) {
        await mailLink(deps, trx, {
          user: account,
          template: "reset-password",
          purpose: "reset_password",
          redirectTo,
        });
      }
      await deleteRegistrations(trx, canonicalEmail(given.email));
      return true;
    }),
  );
}

interface UpgradingRegistration {
  readonly registration: Registration;
  readonly requestedBy: OpenedLink["requestedBy"];
}

/**
 * Makes the anonymous account that asked for the registration a full one with a proven address; returns `false` if none did, or if it
 * is gone or has become a full account by another proof, so that the link creates an account of its own.
 */
async function upgradeByLink(
  deps: RegistrationDeps,
  trx: DatabaseTransaction,
  { registration, requestedBy }: UpgradingRegistration,
): Promise<boolean> {
  const { upgrades, passwordHash } = registration;
  const before = upgrades === undefined ? undefined : await lockUserByPublicId(trx, upgrades);
  if (before === undefined || !isAnonymous(before) || before.status !== "active") return false;
  const { id: _id, ...given } = registration;
  const user = await identifyAccount(deps, trx, { before, given, passwordHash });
  // A reader of the mail who says nothing may be somebody else than the user who is signed in to the account.
  await proveEmail(deps, trx, { user, account: requestedBy === "me" ? "vouched" : "unknown" });
  return true;
}

/** The part of a registration that the reader of its link may see. */
interface WaitingRegistration extends Pick<Registration, "email" | "origin" | "redirectTo"> {
  readonly requestedAt: Date;
}

/** Returns who registered, and when, by the token of the link; `undefined` for any other token. The link stays unused. */
export async function findRegistrationOrigin(
  deps: Pick<RegistrationDeps, "clock" | "db" | "keyRing">,
  token: string,
): Promise<WaitingRegistration | undefined> {
  const digest = digestLinkToken(token);
  const row = digest && (await findRegistration(deps.db, { digest, by: "link", now: deps.clock.now() }));
  if (row === undefined) return undefined;
  const { requestedAt = row.created_at, origin, email, redirectTo } = open(deps, row);
  return { requestedAt, origin, email, redirectTo };
}

function open(deps: Pick<RegistrationDeps, "keyRing">, row: PendingRegistrationRow): Registration {
  return openRegistration(deps, row, registrationSchema);
}
