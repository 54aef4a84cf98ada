import type { DatabaseTransaction } from "../database/connection.ts";
import type { AuditAction } from "./actions.ts";
import type { AuditActor, AuditDeps } from "./call.ts";
import { type EventColumns, insertEvents } from "./event-store.ts";

/** A value in an event. Secrets, such as passwords and tokens, are never put there. */
type AuditValue = string | number | boolean | null | readonly string[];

/** The kinds of things that events are about. */
type AuditTargetKind =
  | "user"
  | "session"
  | "device"
  | "api_key"
  | "passkey"
  | "identity"
  | "role"
  | "group"
  | "webhook"
  | "notification"
  | "job"
  | "audit_log"
  | "audit_month";

/** An event, apart from what it is about. */
export interface AuditedAction {
  readonly action: AuditAction;
  readonly kind: AuditTargetKind;
  /** Default: the actor of the call. */
  readonly actor?: AuditActor;
  /**
   * The public id of the account that it is about, whose user sees the event, and whose erasure erases what is personal in it;
   * `null` for no account. Default: the target if that is a user; the actor for a session, a device or a key; otherwise none.
   */
  readonly accountId?: string | null;
  /** Further facts, such as the reason. They are erased with the user whom the event is about or who acted. */
  readonly details?: Readonly<Record<string, AuditValue>>;
  /** The changed fields. They are erased like the details. */
  readonly changes?: Readonly<Record<string, { readonly from: AuditValue; readonly to: AuditValue }>>;
}

/** An event of the audit log. */
export interface AuditEvent extends AuditedAction {
  /** The target's public id, or its name if that is unique. */
  readonly targetId: string;
}

/**
 * Records an event in the transaction that makes the change, so that both are stored or neither. It belongs to the call of
 * `deps.call`: its actor, API key, address and request.
 */
export async function recordEvent(deps: AuditDeps, trx: DatabaseTransaction, event: AuditEvent): Promise<void> {
  await recordEvents(deps, trx, { ...event, targetIds: [event.targetId] });
}

/** Records the same action on each of several targets, like {@link recordEvent}, in one statement; none for no target. */
export async function recordEvents(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  { targetIds, ...event }: AuditedAction & { readonly targetIds: readonly string[] },
): Promise<void> {
  if (targetIds.length > 0) await insertEvents(trx, eventColumns(deps, event), targetIds);
}

/** Returns the columns of an event that another statement writes, by `writeEvents` of the store. */
export function eventColumns({ clock, call }: AuditDeps, event: AuditedAction): EventColumns {
  const { action, kind, actor = call.actor, details, changes } = event;
  const actorId = actor.kind === "user" ? actor.id : null;
  const { ip, userAgent } = call;
  return {
    at: clock.now(),
    action,
    actor_kind: actor.kind,
    actor_id: actorId,
    account_id: event.accountId === undefined ? ownedBy(kind, actorId) : event.accountId,
    impersonator_id: call.impersonatorId,
    api_key_id: call.apiKeyId,
    target_kind: kind,
    request_id: call.requestId,
    personal: JSON.stringify({ ip, userAgent, details, changes }),
  };
}

const ownedKinds: readonly AuditTargetKind[] = ["session", "device", "api_key", "passkey", "identity"];

/** What users have of their own belongs to the account of the one who acts. */
function ownedBy(kind: AuditTargetKind, actorId: string | null): string | null {
  return ownedKinds.includes(kind) ? actorId : null;
}
