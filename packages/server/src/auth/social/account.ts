import { inNameOf } from "../../audit/call.ts";
import type { Config } from "../../config.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { GatehouseError } from "../../errors.ts";
import { canonicalEmail, mailbox } from "../../user/canonical.ts";
import { emailSchema, profileFields } from "../../user/schema.ts";
import { mapUniqueViolation, type NewUser, type Origin, toUser } from "../../user/service.ts";
import { emailExists, findUserByEmail, lockUser, type UserRow } from "../../user/store.ts";
import { publishEvent } from "../../webhook/publish.ts";
import { proveEmail } from "../email/prove.ts";
import { type EmailDeps, mailVerification } from "../email/service.ts";
import { addIdentity, changesOfUse, type IdentityDeps, noteUse, tellOwner } from "../identity/service.ts";
import { findIdentity, findUserByIdentity, type IdentityRow } from "../identity/store.ts";
import { networkPlace } from "../notice/throttle.ts";
import { createAccount } from "../registration/create-account.ts";
import { deleteRegistrations } from "../registration/store.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import type { IdentityUse } from "../session/start-store.ts";
import type { IdentityProof } from "./proof.ts";

/** What finding or creating the account of an identity needs. */
export type AccountOfIdentityDeps = EmailDeps &
  IdentityDeps & { readonly config: Pick<Config, "registrationIdentifiers" | "registrationMode"> };

/** Somebody who proved an identity, and where they are. */
export interface ProvenIdentity {
  readonly proof: IdentityProof;
  readonly origin: Origin;
  /** The device that they sign in on, if they do it in the same transaction. */
  readonly device?: DeviceDescription | undefined;
}

/** Thrown to begin again: a sign-in at the same time created the account or the identity. */
class Raced extends Error {}

/** More than one other call of the same person at once is rare, and each further try finds what the other made. */
const maxTries = 3;

/**
 * Finds or creates the account of an identity, and does the rest in the same transaction. Throws `IDENTITY_NOT_LINKED`,
 * `ACCOUNT_DISABLED`, `EMAIL_NOT_VERIFIED`, and `EMAIL_TAKEN` while only a former owner may take the address.
 */
export async function withAccountOf<T>(
  deps: AccountOfIdentityDeps,
  proven: ProvenIdentity,
  proceed: (trx: DatabaseTransaction, user: UserRow) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await mapUniqueViolation(() =>
        inRetriedTransaction(deps.db, async (trx) => proceed(trx, await accountOf(deps, trx, proven))),
      );
    } catch (error) {
      const isRace = error instanceof Raced || (error instanceof GatehouseError && error.code === "EMAIL_TAKEN");
      if (!isRace || tries === maxTries) throw error;
    }
  }
}

async function accountOf(
  deps: AccountOfIdentityDeps,
  trx: DatabaseTransaction,
  proven: ProvenIdentity,
): Promise<UserRow> {
  const { proof } = proven;
  const identity = await findIdentity(trx, proof);
  const known = identity === undefined ? await findUserByProvenEmail(trx, proof) : { id: identity.user_id };
  if (known === undefined) return await createAccountOf(deps, trx, proven);
  const user = await lockUser(trx, known.id);
  if (user === undefined || user.status !== "active") throw new GatehouseError("ACCOUNT_DISABLED");
  return identity === undefined
    ? await joinAccount(deps, trx, { user, proven })
    : await enterByIdentity(deps, trx, { user, identity, proof });
}

/** The account of an identity that is known, for a sign-in by one statement. */
interface Entrant {
  readonly user: UserRow;
  readonly identityUse: IdentityUse;
  /** Whether the owner has to be told of the place, as far as it is known before the sign-in. */
  readonly needsNotice: boolean;
}

/**
 * Finds the account of an identity that may sign in at once; `undefined` also where the sign-in is refused, or asks for a second
 * factor. Nothing is locked: the statement of the sign-in finds out whether it is still so.
 */
export async function findEntrant(
  deps: AccountOfIdentityDeps,
  proof: IdentityProof,
  { origin, device }: Pick<ProvenIdentity, "origin" | "device">,
): Promise<Entrant | undefined> {
  const { issuer, subject } = proof;
  const place = { installationId: device?.installationId ?? null, ip: origin.ip, userAgent: origin.userAgent };
  const found = await findUserByIdentity(deps.db, { issuer, subject, ...place });
  if (found === undefined) return undefined;
  const { identity_id: id, identity_public_id: publicId, is_new_device: isNewDevice, ...user } = found;
  if (user.second_factors.length > 0 || mustProveEmail(deps, user)) return undefined;
  const needsNotice = isNewDevice && user.email_verified_at !== null;
  return { user, identityUse: { id, changes: changesOfUse(deps, proof, publicId) }, needsNotice };
}

interface Entry {
  readonly user: UserRow;
  readonly identity: IdentityRow;
  readonly proof: IdentityProof;
}

async function enterByIdentity(
  deps: AccountOfIdentityDeps,
  trx: DatabaseTransaction,
  { user, identity, proof }: Entry,
): Promise<UserRow> {
  // The identity was unlinked before the user was locked.
  if (!(await noteUse(deps, trx, { identity, proof }))) throw new Raced();
  if (mustProveEmail(deps, user)) throw new GatehouseError("EMAIL_NOT_VERIFIED");
  return user;
}

function mustProveEmail({ config }: Pick<AccountOfIdentityDeps, "config">, user: UserRow): boolean {
  return config.registrationMode === "verified" && user.email !== null && user.email_verified_at === null;
}

/** The address that the provider vouches for; `undefined` if it vouches for none, or for no address that we could have. */
function provenEmailOf({ email, isEmailProven }: IdentityProof): string | undefined {
  return isEmailProven ? emailSchema.safeParse(email).data : undefined;
}

async function findUserByProvenEmail(trx: DatabaseTransaction, proof: IdentityProof): Promise<UserRow | undefined> {
  const email = provenEmailOf(proof);
  return email === undefined ? undefined : await findUserByEmail(trx, canonicalEmail(email));
}

/**
 * Joins an identity to the account that has its proven address. If nobody had proven the address to us, whatever somebody else
 * may have set up on the account ends: the holder of the address is here now.
 */
async function joinAccount(
  deps: AccountOfIdentityDeps,
  trx: DatabaseTransaction,
  { user, proven: { proof, device } }: { readonly user: UserRow; readonly proven: ProvenIdentity },
): Promise<UserRow> {
  const email = provenEmailOf(proof);
  // The address changed before the user was locked.
  if (email === undefined || user.email_canonical !== canonicalEmail(email)) throw new Raced();
  // Two mailboxes can look alike, and only one of them is proven.
  if (user.email === null || mailbox(user.email) !== mailbox(email)) throw new GatehouseError("IDENTITY_NOT_LINKED");
  const joining = inNameOf(deps, user.public_id);
  // The proof may end sessions and devices, before the sign-in takes a device.
  await lockSessionsAndDevices(trx, { userId: user.id, device });
  const owner = await proveEmail(joining, trx, { user, account: "taken_over" });
  if (!(await addIdentity(joining, trx, { user: owner, proof }))) throw new Raced();
  await tellOwner(joining, trx, { user: owner, provider: proof.provider, change: "linked" });
  return owner;
}

/** Creates the account, as a registration would. An address that nobody vouches for stays unproven, and gets a link. */
async function createAccountOf(
  deps: AccountOfIdentityDeps,
  trx: DatabaseTransaction,
  { proof, origin }: ProvenIdentity,
): Promise<UserRow> {
  const registrant = await registrantOf(deps, trx, proof);
  if (registrant === undefined) throw new GatehouseError("IDENTITY_NOT_LINKED");
  const registeredFrom = { ip: origin.ip, userAgent: origin.userAgent };
  const row = await createAccount(deps, trx, { user: { ...registrant, registeredFrom }, passwordHash: undefined });
  const registering = inNameOf(deps, row.public_id);
  if (!(await addIdentity(registering, trx, { user: row, proof }))) throw new Raced();
  await publishEvent(deps, trx, { type: "user.created", data: toUser(row, deps.config) });
  await followUpAddress(deps, trx, { user: row, origin });
  return row;
}

/** What an account is registered with by an identity. */
interface Registrant extends Pick<NewUser, "givenName" | "familyName" | "locale"> {
  readonly email: string;
  readonly emailVerified: boolean;
}

/**
 * Returns what an account would be registered with by this identity; `undefined` if it may not be. An address that the provider
 * vouches for is returned also if an account has it.
 */
export async function registrantOf(
  deps: Pick<AccountOfIdentityDeps, "config">,
  trx: DatabaseTransaction,
  proof: IdentityProof,
): Promise<Registrant | undefined> {
  const email = emailSchema.safeParse(proof.email).data;
  const emailVerified = provenEmailOf(proof) !== undefined;
  if (email === undefined || !(await mayRegister(deps, trx, { email, emailVerified }))) return undefined;
  return { ...profileOf(proof), email, emailVerified };
}

/** Ends other registrations of an address that was proven, and mails a link to one that was not. */
export async function followUpAddress(
  deps: EmailDeps,
  trx: DatabaseTransaction,
  { user, origin }: { readonly user: UserRow; readonly origin: Origin },
): Promise<void> {
  if (user.email_canonical !== null && user.email_verified_at !== null) {
    await deleteRegistrations(trx, user.email_canonical);
  } else {
    await mailVerification(deps, trx, { user, place: networkPlace(deps, origin.ip) });
  }
}

/**
 * Whether an account may be created with the address. In the `verified` mode the answer about an unproven address must not tell
 * whether it is taken, so it is always no.
 */
async function mayRegister(
  { config }: Pick<AccountOfIdentityDeps, "config">,
  trx: DatabaseTransaction,
  { email, emailVerified }: { readonly email: string; readonly emailVerified: boolean },
): Promise<boolean> {
  if (!config.registrationIdentifiers.includes("email")) return false;
  if (emailVerified) return true;
  return config.registrationMode === "immediate" && !(await emailExists(trx, canonicalEmail(email)));
}

/** The parts of the profile that are acceptable. */
function profileOf({ givenName, familyName, locale }: IdentityProof) {
  return {
    givenName: profileFields.givenName.safeParse(givenName).data,
    familyName: profileFields.familyName.safeParse(familyName).data,
    locale: profileFields.locale.safeParse(locale).data,
  };
}
