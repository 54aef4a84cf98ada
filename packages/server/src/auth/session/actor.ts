import type { RightsHolder } from "../../role/permissions.ts";
import type { SessionRow } from "./store.ts";

/** The user whose data a call may access, and their rights, whether a session or an API key authenticated it. */
export interface Principal extends RightsHolder {
  readonly userId: string;
  readonly userPublicId: string;
}

/** A user who makes a call in a session. */
export interface Actor extends Principal {
  /**
   * As it was last read, without the state of its refresh token, which no call needs. It is read again when it ends or its
   * user's rights change.
   */
  readonly session: Omit<
    SessionRow,
    "refresh_key" | "refresh_counter" | "attempt_digest" | "rotated_at" | "changed_at"
  >;
  /** When it was read, by `SessionChangeTracker.monotonicNow`. */
  readonly readAt: number;
  /** When "last seen" was last written; the calls of one token share this object. */
  readonly activity: { lastSeenAt: Date };
}

/** An actor and the address of their call. */
export interface Caller {
  readonly actor: Actor;
  readonly ip: string;
}
