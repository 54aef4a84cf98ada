import { matchesDigest } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail } from "../../user/canonical.ts";
import { defaultLocale, mapUniqueViolation, type NewUser, toUser } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { mailUser } from "../notice/service.ts";
import { digestLinkToken, issueLink, type LinkDeps, makeLink } from "../one-time-token/link.ts";
import { type AccountDeps, createAccount } from "./create-account.ts";
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
export type RegistrationDeps = AccountDeps & LinkDeps & MailDeps & EventDeps;

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
    sealed: deps.keyRing.seal(Buffer.from(JSON.stringify(registration)), registrationContext(id)),
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
 * username that was taken meanwhile is left out; the owner can choose another. Throws `EMAIL_TAKEN`.
 */
export async function completeRegistration(deps: RegistrationDeps, opened: OpenedLink): Promise<boolean> {
  try {
    return await redeem(deps, opened, (registration) => registration);
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== "USERNAME_TAKEN") throw error;
    return await redeem(deps, opened, (registration) => ({ ...registration, username: undefined }));
  }
}

async function redeem(
  deps: RegistrationDeps,
  { token, requestedBy }: OpenedLink,
  adapt: (registration: Registration) => Registration,
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
      const { passwordHash, origin: _origin, requestedAt: _at, ...given } = adapt(open(deps, row));
      // Until the reader says that they registered, the password may be a stranger's.
      const unvouched = requestedBy === undefined && passwordHash !== undefined;
      const user: NewUser = { ...given, emailVerified: true, unvouched };
      const account = await createAccount(deps, trx, { user, passwordHash });
      await publishEvent(deps, trx, { type: "user.created", data: toUser(account, deps.config) });
      if (passwordHash === undefined) await mailPasswordChoice(deps, trx, account);
      await deleteRegistrations(trx, row.email_canonical);
      return true;
    }),
  );
}

async function mailPasswordChoice(deps: RegistrationDeps, trx: DatabaseTransaction, user: UserRow): Promise<void> {
  const link = await issueLink(deps, trx, { userId: user.id, purpose: "reset_password", email: user.email });
  await mailUser(deps, trx, { recipient: user, content: { template: "reset-password", ...link } });
}

/** The part of a registration that the reader of its link may see. */
interface WaitingRegistration extends Pick<Registration, "email" | "origin"> {
  readonly requestedAt: Date;
}

/** Returns who registered, and when, by the token of the link; `undefined` for any other token. The link stays unused. */
export async function findRegistrationOrigin(
  deps: Pick<RegistrationDeps, "clock" | "db" | "keyRing">,
  token: string,
): Promise<WaitingRegistration | undefined> {
  const digest = digestLinkToken(token);
  const row = digest && (await findRegistration(deps.db, digest, deps.clock.now()));
  if (row === undefined) return undefined;
  const { requestedAt = row.created_at, origin, email } = open(deps, row);
  return { requestedAt, origin, email };
}

function open(
  { keyRing }: Pick<RegistrationDeps, "keyRing">,
  { public_id, sealed }: PendingRegistrationRow,
): Registration {
  const json = keyRing.open(sealed, registrationContext(public_id)).toString();
  return registrationSchema.parse(JSON.parse(json));
}

/** The context that a registration is sealed with. */
export const registrationContext = (publicId: string) => `registration:${publicId}`;
