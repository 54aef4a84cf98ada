import type { DatabaseTransaction } from "../../database/connection.ts";
import { isVouched, storeProvenEmail } from "../../user/service.ts";
import { findUser, type UserRow } from "../../user/store.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { endSetUp, type SetUp } from "./set-up.ts";

/**
 * What a proof says of the account that it is about:
 * - `vouched`: the holder of the address says that they set it up, or is signed in to it. Sessions go on, with the devices
 *   that they are on.
 * - `unknown`: nothing is said, and the address is the one that the user has. Sessions go on; whatever is set up stays open to question until one of the others settles it.
 * - `taken_over`: the holder comes with a way in of their own, such as a link to sign in or a new password. Every other
 *   way in ends.
 * - `disowned`: the holder says that somebody else set it up. What that one said of themselves goes as well.
 */
export type Account = "vouched" | "unknown" | "taken_over" | "disowned";

const everyWayIn = ["apiKeys", "pendingChanges", "links", "password", "sessions", "devices", "phone"] as const;

/** What ends where nobody had proven an address before. */
const endsAtFirst: Readonly<Record<Account, readonly SetUp[]>> = {
  vouched: ["apiKeys", "pendingChanges", "unattendedDevices"],
  unknown: ["apiKeys", "pendingChanges", "devices"],
  taken_over: everyWayIn,
  disowned: [...everyWayIn, "profile"],
};

/** What ends where the address was proven before and nobody vouched. */
const endsLater: Readonly<Record<Account, readonly SetUp[]>> = { ...endsAtFirst, vouched: [], unknown: [] };

interface Proof {
  readonly account: Account;
  /** The address that was proven. Default: the one that the user has. */
  readonly email?: string;
  /** What the proof came with, and so does not end. */
  readonly renewed?: SetUp;
}

/**
 * Notes that the address was proven, and ends what was set up on the account by somebody who may not be its holder. Every
 * way to prove an address goes through here, and the user must be locked: whatever is set up at the same time is set up
 * before, and ends, or after. Returns the user as they are then. A taken address surfaces through `mapUniqueViolation`.
 */
export async function proveEmail(
  deps: Pick<EndSessionDeps, "clock" | "sessionChanges">,
  trx: DatabaseTransaction,
  user: UserRow,
  { account, email = user.email, renewed }: Proof,
): Promise<UserRow> {
  const kinds = endsBy(account, user).filter((kind) => kind !== renewed);
  await endSetUp(deps, trx, { userId: user.id, reason: "address_proven", kinds });
  await storeProvenEmail(deps, trx, user, { email, isVouched: account !== "unknown" || isVouched(user) });
  return await reread(trx, user);
}

function endsBy(account: Account, user: UserRow): readonly SetUp[] {
  if (user.email_verified_at === null) return endsAtFirst[account];
  // Another way in does no harm to an account that is known to be its holder's.
  return account === "taken_over" && isVouched(user) ? [] : endsLater[account];
}

/** What ended may have been of the row itself. */
async function reread(trx: DatabaseTransaction, user: UserRow): Promise<UserRow> {
  const proven = await findUser(trx, user.id);
  if (proven === undefined) throw new Error("a locked user cannot be deleted");
  return proven;
}
