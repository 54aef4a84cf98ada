import type { SessionRow } from "./store.ts";

/** Whose data a call may touch, and with which roles, whatever proved it. */
export interface Principal {
  readonly userId: string;
  readonly userPublicId: string;
  readonly roles: readonly string[];
}

/** Who makes a call, proven by a session. */
export interface Actor extends Principal {
  /** As it was when it was last read; what ends a session, or changes its user's rights, makes it be read again. */
  readonly session: SessionRow;
  /** When that was, as a moment of `SessionChanges`. */
  readonly readAt: number;
  /** When the session was last noted to have been seen; the calls of one token share it. */
  readonly activity: { lastSeenAt: Date };
}
