import { matchesDigest } from "../../crypto/secret-digest.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/index.ts";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail, defaultLocale, type NewUser, throwTaken } from "../../user/index.ts";
import { createAccount } from "../account/index.ts";
import { mailUser } from "../account-mail/index.ts";
import { digestLinkToken, makeLink } from "../one-time-token/index.ts";
import { type Registration, registrationSchema } from "./schema.ts";
import { deleteRegistrations, insertRegistration, lockRegistrations, type PendingRegistrationRow } from "./store.ts";

/**
 * Keeps a registration until its link is opened, and sends the link. There is no account before that: whoever registered
 * cannot find out by signing in that the address was free, nor keep a username from others. A registration that was kept
 * before is not sent again.
 */
export async function holdRegistration(
  deps: Dependencies,
  trx: DatabaseTransaction,
  registration: Registration,
): Promise<void> {
  const { id, email, locale = defaultLocale, givenName = null } = registration;
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
  const recipient = { email, locale, given_name: givenName };
  await mailUser(deps, trx, recipient, { template: "complete-registration", url, validForMinutes });
}

/**
 * Makes the account of a registration by the token of its link, and ends the others with its address; `false` if it is no
 * such token. A username that was taken meanwhile is left out: the owner can choose another. Throws `EMAIL_TAKEN`.
 */
export async function completeRegistration(deps: Dependencies, token: string): Promise<boolean> {
  try {
    return await redeem(deps, token, (registration) => registration);
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== "USERNAME_TAKEN") throw error;
    return await redeem(deps, token, (registration) => ({ ...registration, username: undefined }));
  }
}

async function redeem(
  deps: Dependencies,
  token: string,
  adapt: (registration: Registration) => Registration,
): Promise<boolean> {
  const digest = digestLinkToken(token);
  if (digest === undefined) return false;
  return await throwTaken(() =>
    inTransaction(deps.db, async (trx) => {
      const waiting = await lockRegistrations(trx, digest);
      const row = waiting.find((one) => matchesDigest(token, one.digest));
      if (row === undefined || row.expires_at <= deps.clock.now()) return false;
      const { passwordHash, ...given } = adapt(open(deps, row));
      const user: NewUser = { ...given, emailVerified: true };
      await createAccount(deps, trx, { user, passwordHash });
      await deleteRegistrations(trx, row.email_canonical);
      return true;
    }),
  );
}

function open({ keyRing }: Pick<Dependencies, "keyRing">, { public_id, sealed }: PendingRegistrationRow): Registration {
  const json = keyRing.open(sealed, registrationContext(public_id)).toString();
  return registrationSchema.parse(JSON.parse(json));
}

/** What the seal of a registration belongs to. */
export const registrationContext = (publicId: string) => `registration:${publicId}`;
