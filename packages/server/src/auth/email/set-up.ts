import type { DatabaseTransaction } from "../../database/connection.ts";
import { unlinkDevices } from "../../device/service.ts";
import { clearAvatar } from "../../user/avatar/service.ts";
import { clearProfile, removePhone } from "../../user/service.ts";
import { revokeApiKeysOf } from "../api-key/store.ts";
import { dropTokens } from "../one-time-token/store.ts";
import { deletePassword } from "../password/store.ts";
import { type EndSessionDeps, endSessions } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import type { SessionsToEnd } from "../session/store.ts";

type EndingDeps = Pick<EndSessionDeps, "clock" | "sessionChanges">;

/** The user, and the reason stored with ended sessions. */
interface EndTarget {
  readonly userId: string;
  readonly reason: SessionsToEnd["reason"];
}

type End = (deps: EndingDeps, trx: DatabaseTransaction, target: EndTarget) => Promise<void>;

/**
 * Everything that a signed-in user can set up on an account, and how each ends; in this order, since sessions are locked
 * before devices. Add anything new of that kind here (a second factor, a linked sign-in); `tests/abuse/38-*` fails until its
 * table is listed.
 */
const endings = {
  apiKeys: (deps, trx, { userId }) => revokeApiKeysOf(trx, userId, deps.clock.now()),
  /** Changes that a link or a code which is still valid would make. */
  pendingChanges: (_deps, trx, { userId }) => dropTokens(trx, userId, ["confirm_email_change", "verify_phone"]),
  /** Links to the user's own address. */
  links: (_deps, trx, { userId }) => dropTokens(trx, userId, ["verify_email", "reset_password", "magic_link"]),
  password: (_deps, trx, { userId }) => deletePassword(trx, userId),
  sessions: (deps, trx, { userId, reason }) => endSessions(deps, trx, { userId, reason }),
  devices: (deps, trx, { userId }) => unlinkDevices(deps, trx, { userId }),
  /** Devices without a session of the user. */
  unattendedDevices: (deps, trx, { userId }) => unlinkDevices(deps, trx, { userId, except: "those in use" }),
  phone: (deps, trx, { userId }) => removePhone(deps, trx, userId),
  profile: (deps, trx, { userId }) => clearProfile(deps, trx, userId),
  picture: (deps, trx, { userId }) => clearAvatar(deps, trx, userId),
} satisfies Record<string, End>;

/** Something that can be set up on an account. */
export type SetUp = keyof typeof endings;

/** Ends these things on the account. The user must be locked, so that concurrent changes come before or after. */
export async function endSetUp(
  deps: EndingDeps,
  trx: DatabaseTransaction,
  { kinds, ...target }: EndTarget & { readonly kinds: readonly SetUp[] },
): Promise<void> {
  // Both steps below lock devices of the user, so all locks are taken in order first.
  if (kinds.includes("sessions")) await lockSessionsAndDevices(trx, { userId: target.userId });
  for (const [kind, end] of Object.entries(endings)) {
    if (kinds.some((wanted) => wanted === kind)) await end(deps, trx, target);
  }
}
