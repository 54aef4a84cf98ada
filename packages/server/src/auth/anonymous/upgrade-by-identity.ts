import type { DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { isAnonymous } from "../../user/anonymous.ts";
import { defaultLocale, mapUniqueViolation, type Origin, publishChange } from "../../user/service.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import { addIdentity } from "../identity/service.ts";
import { identifyAccount } from "../registration/create-account.ts";
import type { Actor } from "../session/actor.ts";
import { type AddMethodDeps, addMethods } from "../session/add-methods.ts";
import { type AccountOfIdentityDeps, followUpAddress, registrantOf } from "../social/account.ts";
import type { IdentityProof } from "../social/proof.ts";

/** What becoming a full account by an identity needs. */
export type IdentityUpgradeDeps = AccountOfIdentityDeps & AddMethodDeps;

/** Somebody who is signed in and proved an identity. */
export interface LinkingCaller {
  readonly actor: Actor;
  readonly origin: Origin;
}

interface Upgrading extends LinkingCaller {
  readonly before: UserRow;
  readonly proof: IdentityProof;
}

/**
 * Makes the actor's anonymous account a full one by an identity: with the provider's address, as a sign-in at the provider would
 * register it, and with what the profile lacks. Returns `false` and changes nothing if the account is full already. The user is
 * locked, so of several calls at once one finds it anonymous. Throws `IDENTITY_TAKEN`, `EMAIL_TAKEN` for a proven address that
 * another account has, `ANONYMOUS_ACCOUNT` for an identity that registers no account, and `ACCESS_TOKEN_INVALID`.
 */
export async function upgradeByIdentity(
  deps: IdentityUpgradeDeps,
  caller: LinkingCaller,
  proof: IdentityProof,
): Promise<boolean> {
  return await mapUniqueViolation(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      const before = await lockUser(trx, caller.actor.userId);
      if (before === undefined) throw new GatehouseError("ACCESS_TOKEN_INVALID");
      if (!isAnonymous(before)) return false;
      await upgrade(deps, trx, { ...caller, before, proof });
      return true;
    }),
  );
}

/** The identity comes before the address: a call that lost the identity to another account must not hear that its address is taken. */
async function upgrade(
  deps: IdentityUpgradeDeps,
  trx: DatabaseTransaction,
  { actor: { session }, origin, before, proof }: Upgrading,
): Promise<void> {
  if (!(await addIdentity(deps, trx, { user: before, proof }))) throw new GatehouseError("IDENTITY_TAKEN");
  const registrant = await registrantOf(deps, trx, proof);
  if (registrant === undefined) throw new GatehouseError("ANONYMOUS_ACCOUNT", { detail: withoutAddress });
  const registeredFrom = { ip: origin.ip, userAgent: origin.userAgent };
  const given = { ...registrant, ...unlessKnown(before, registrant), registeredFrom };
  const user = await identifyAccount(deps, trx, { before, given, passwordHash: undefined });
  // Refuses an ended session too.
  await addMethods(deps, trx, { session, methods: ["fed"] });
  await publishChange(deps, trx, { before, after: user });
  await followUpAddress(deps, trx, { user, origin });
}

const withoutAddress =
  "The provider vouches for no address that this account could get. Make it a full account at POST /v1/auth/anonymous/upgrade, and link the provider then.";

type Names = Awaited<ReturnType<typeof registrantOf>>;

/** Leaves out what the user has entered. The language of a new account is the default one, so nobody has chosen that. */
function unlessKnown({ given_name, family_name, locale }: UserRow, given: NonNullable<Names>) {
  return {
    givenName: given_name === null ? given.givenName : undefined,
    familyName: family_name === null ? given.familyName : undefined,
    locale: locale === defaultLocale ? given.locale : undefined,
  };
}
