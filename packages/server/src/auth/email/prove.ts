import type { DatabaseTransaction } from "../../database/connection.ts";
import { deleteMailedExportsOf } from "../../user/export/store.ts";
import { isVouched, publishChange, storeProvenEmail } from "../../user/service.ts";
import { findUser, type UserRow } from "../../user/store.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { endSetUp, type SetUp } from "./set-up.ts";

/**
 * What the proof of an address tells about the account:
 * - `vouched`: the holder of the address says that they set the account up, or is signed in to it. Sessions stay, with their
 *   devices.
 * - `unknown`: the holder says nothing, and the address is the user's current one. Sessions stay; who set the account up
 *   stays open until a later proof tells.
 * - `taken_over`: the holder brings a way to sign in of their own, such as a magic link or a new password. Every other way
 *   ends.
 * - `disowned`: the holder says that somebody else set the account up. Every way to sign in ends, and the profile is cleared,
 *   with its picture.
 */
export type Account = "vouched" | "unknown" | "taken_over" | "disowned";

const everyWayIn = [
  "apiKeys",
  "pendingChanges",
  "links",
  "exports",
  "passkeys",
  "password",
  "secondFactors",
  "identities",
  "sessions",
  "devices",
  "phone",
] as const;

/** What ends at the account's first proof of an address. */
const endsAtFirst: Readonly<Record<Account, readonly SetUp[]>> = {
  vouched: ["apiKeys", "pendingChanges", "unattendedDevices"],
  unknown: ["apiKeys", "pendingChanges", "devices"],
  taken_over: everyWayIn,
  disowned: [...everyWayIn, "profile", "picture"],
};

/** What ends at a later proof, while nobody has vouched for the account. */
const endsLater: Readonly<Record<Account, readonly SetUp[]>> = { ...endsAtFirst, vouched: [], unknown: [] };

interface Proof {
  /** Locked by the transaction. */
  readonly user: UserRow;
  readonly account: Account;
  /** The address that was proven. Default: the user's current one. */
  readonly email?: string;
  /** What the proof itself has just set, such as a new password; it does not end. */
  readonly renewed?: SetUp;
}

/**
 * Stores that the address was proven, and ends whatever somebody else may have set up on the account. Every way to prove an
 * address calls it. The user must be locked, so that concurrent changes come before, and end, or come after. Returns the
 * updated user. A taken address surfaces through `mapUniqueViolation`.
 */
export async function proveEmail(
  deps: EndSessionDeps,
  trx: DatabaseTransaction,
  { user, account, renewed, ...proof }: Proof,
): Promise<UserRow> {
  const email = proof.email ?? user.email;
  if (email === null) throw new Error("an account without an address has none to prove");
  const kinds = endsBy(account, user).filter((kind) => kind !== renewed);
  await endSetUp(deps, trx, { user, reason: "address_proven", kinds });
  // Their links stay in a mailbox that is no longer the user's.
  if (email !== user.email) await deleteMailedExportsOf(trx, user.id);
  await storeProvenEmail(deps, trx, { user, email, isVouched: account !== "unknown" || isVouched(user) });
  const proven = await reread(trx, user);
  await publishChange(deps, trx, { before: user, after: proven });
  return proven;
}

function endsBy(account: Account, user: UserRow): readonly SetUp[] {
  if (user.email_verified_at === null) return endsAtFirst[account];
  // The account is known to be its holder's, so the other ways to sign in are theirs too.
  return account === "taken_over" && isVouched(user) ? [] : endsLater[account];
}

/** Reads the user again: ending things may have changed the row. */
async function reread(trx: DatabaseTransaction, user: UserRow): Promise<UserRow> {
  const proven = await findUser(trx, user.id);
  if (proven === undefined) throw new Error("a locked user cannot be deleted");
  return proven;
}
