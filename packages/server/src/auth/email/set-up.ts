import type { DatabaseTransaction } from "../../database/connection.ts";
import { unlinkDevices } from "../../device/service.ts";
import { clearProfile, removePhone } from "../../user/service.ts";
import { revokeApiKeysOf } from "../api-key/store.ts";
import { dropTokens } from "../one-time-token/store.ts";
import { deletePassword } from "../password/store.ts";
import type { EndSessionDeps } from "../session/end.ts";
import { endSessions } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import type { SessionsToEnd } from "../session/store.ts";

type EndingDeps = Pick<EndSessionDeps, "clock" | "sessionChanges">;

/** The user, and the reason that ended sessions are given. */
interface Whose {
  readonly userId: string;
  readonly reason: SessionsToEnd["reason"];
}

type End = (deps: EndingDeps, trx: DatabaseTransaction, whose: Whose) => Promise<void>;

/**
 * What somebody who is signed in to an account can set up on it, and how that ends; in this order, since code that locks
 * sessions and devices locks the sessions first. A new thing of that kind (a second factor, a linked sign-in) is added here,
 * and `tests/abuse/38-*` fails until its table is.
 */
const endings = {
  apiKeys: (deps, trx, { userId }) => revokeApiKeysOf(trx, userId, deps.clock.now()),
  /** What an unproven session had asked for, and what would take effect by a link or a code that is out. */
  pendingChanges: (_deps, trx, { userId }) => dropTokens(trx, userId, ["confirm_email_change", "verify_phone"]),
  /** Links to the user's own address. */
  links: (_deps, trx, { userId }) => dropTokens(trx, userId, ["verify_email", "reset_password", "magic_link"]),
  password: (_deps, trx, { userId }) => deletePassword(trx, userId),
  sessions: (deps, trx, { userId, reason }) => endSessions(deps, trx, { userId, reason }),
  devices: (deps, trx, { userId }) => unlinkDevices(deps, trx, { userId }),
  /** Those on which none of the user's sessions is. */
  unattendedDevices: (deps, trx, { userId }) => unlinkDevices(deps, trx, { userId, except: "those in use" }),
  phone: (deps, trx, { userId }) => removePhone(deps, trx, userId),
  profile: (deps, trx, { userId }) => clearProfile(deps, trx, userId),
} satisfies Record<string, End>;

/** Something that can be set up on an account. */
export type SetUp = keyof typeof endings;

/** Ends what is set up on the account. The user must be locked, so that whatever is set up at the same time comes before or after. */
export async function endSetUp(
  deps: EndingDeps,
  trx: DatabaseTransaction,
  { kinds, ...whose }: Whose & { readonly kinds: readonly SetUp[] },
): Promise<void> {
  // Ending sessions and then unlinking devices goes through the user's devices twice.
  if (kinds.includes("sessions")) await lockSessionsAndDevices(trx, { userId: whose.userId });
  for (const [kind, end] of Object.entries(endings)) {
    if (kinds.some((wanted) => wanted === kind)) await end(deps, trx, whose);
  }
}
