import type { AuditAction } from "../../audit/actions.ts";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent, recordEvents } from "../../audit/record.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { unlinkDevices } from "../../device/service.ts";
import { clearAvatar } from "../../user/avatar/service.ts";
import { deleteExportsOf } from "../../user/export/store.ts";
import { clearProfile } from "../../user/profile.ts";
import { removePhone } from "../../user/service.ts";
import type { UserRow } from "../../user/store.ts";
import { revokeApiKeysOf } from "../api-key/store.ts";
import { deleteIdentitiesOf } from "../identity/store.ts";
import { removeAllFactors } from "../mfa/enrol.ts";
import { linksToTheUser } from "../one-time-token/lifetimes.ts";
import { dropTokens } from "../one-time-token/store.ts";
import { deletePasskeysOf } from "../passkey/store.ts";
import { deletePassword } from "../password/store.ts";
import { type EndSessionDeps, endSessions } from "../session/end.ts";
import type { SessionsToEnd } from "../session/end-store.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";

/** The account, and the reason that is stored with ended sessions and recorded with every event. */
interface EndTarget {
  readonly user: Pick<UserRow, "id" | "public_id">;
  readonly reason: SessionsToEnd["reason"];
}

type End = (deps: EndSessionDeps, trx: DatabaseTransaction, target: EndTarget) => Promise<void>;

/**
 * Everything that a signed-in user can set up on an account, and how each ends; in this order, since sessions are locked
 * before devices. Add anything new of that kind here (a second factor); `tests/abuse/38-*` fails until its
 * table is listed.
 */
const endings = {
  apiKeys: endApiKeys,
  /** Changes that a link or a code which is still valid would make. */
  pendingChanges: (_deps, trx, { user }) => dropTokens(trx, user.id, ["confirm_email_change", "verify_phone"]),
  /** Copies of the user's data that wait for their download. */
  exports: (_deps, trx, { user }) => deleteExportsOf(trx, user.id),
  /** Links to the user's own address. */
  links: (_deps, trx, { user }) => dropTokens(trx, user.id, linksToTheUser),
  /** The second factor `passkey` stays: a link by mail must not end it. */
  passkeys: endPasskeys,
  password: endPassword,
  secondFactors: removeAllFactors,
  identities: endIdentities,
  sessions: (deps, trx, { user, reason }) => endSessions(deps, trx, { userId: user.id, reason }),
  devices: (deps, trx, target) => unlinkDevices(deps, trx, devicesOf(target)),
  /** Devices without a session of the user. */
  unattendedDevices: (deps, trx, target) => unlinkDevices(deps, trx, { ...devicesOf(target), except: "those in use" }),
  phone: (deps, trx, { user }) => removePhone(deps, trx, user.id),
  profile: (deps, trx, { user }) => clearProfile(deps, trx, user.id),
  picture: (deps, trx, { user }) => clearAvatar(deps, trx, user.id),
} satisfies Record<string, End>;

/** The events of what may end, as procedures declare them. */
export const setUpEvents = [
  "api_key.revoked",
  "passkey.removed",
  "password.removed",
  "second_factor.removed",
  "identity.unlinked",
  "session.revoked",
  "device.unlinked",
  "user.phone_removed",
  "user.updated",
] as const satisfies readonly AuditAction[];

async function endApiKeys(deps: AuditDeps, trx: DatabaseTransaction, { user, reason }: EndTarget): Promise<void> {
  const targetIds = await revokeApiKeysOf(trx, user.id, deps.clock.now());
  const revoked = {
    action: "api_key.revoked",
    kind: "api_key",
    accountId: user.public_id,
    details: { reason },
  } as const;
  await recordEvents(deps, trx, { ...revoked, targetIds });
}

async function endPasskeys(deps: AuditDeps, trx: DatabaseTransaction, { user, reason }: EndTarget): Promise<void> {
  const targetIds = await deletePasskeysOf(trx, user.id);
  const removed = {
    action: "passkey.removed",
    kind: "passkey",
    accountId: user.public_id,
    details: { reason },
  } as const;
  await recordEvents(deps, trx, { ...removed, targetIds });
}

async function endPassword(deps: AuditDeps, trx: DatabaseTransaction, { user, reason }: EndTarget): Promise<void> {
  if (!(await deletePassword(trx, user.id))) return;
  const removed = { action: "password.removed", kind: "user", targetId: user.public_id, details: { reason } } as const;
  await recordEvent(deps, trx, removed);
}

async function endIdentities(deps: AuditDeps, trx: DatabaseTransaction, { user, reason }: EndTarget): Promise<void> {
  const targetIds = await deleteIdentitiesOf(trx, user.id);
  const unlinked = { action: "identity.unlinked", kind: "identity", accountId: user.public_id } as const;
  await recordEvents(deps, trx, { ...unlinked, targetIds, details: { reason } });
}

function devicesOf({ user, reason }: EndTarget) {
  return { userId: user.id, userPublicId: user.public_id, reason };
}

/** Something that can be set up on an account. */
export type SetUp = keyof typeof endings;

/** Ends these things on the account. The user must be locked, so that concurrent changes come before or after. */
export async function endSetUp(
  deps: EndSessionDeps,
  trx: DatabaseTransaction,
  { kinds, ...target }: EndTarget & { readonly kinds: readonly SetUp[] },
): Promise<void> {
  // Both steps below lock devices of the user, so all locks are taken in order first.
  if (kinds.includes("sessions")) await lockSessionsAndDevices(trx, { userId: target.user.id });
  for (const [kind, end] of Object.entries(endings)) {
    if (kinds.some((wanted) => wanted === kind)) await end(deps, trx, target);
  }
}
