import { hash } from "node:crypto";
import type { z } from "zod";
import { earlier } from "../../clock.ts";
import type { sessionEventSchema } from "./schema.ts";
import type { SessionStateRow } from "./store.ts";

/** An event of a session. */
export type SessionEvent = z.output<typeof sessionEventSchema>;

/** The state of a session when it was read. */
export type SessionState =
  | { readonly isLive: true; readonly expiresAt: Date; readonly roles: readonly string[] }
  | { readonly isLive: false; readonly event: SessionEvent };

/** The state of a row at that time; without a row, the account has been erased. */
export function toSessionState(row: SessionStateRow | undefined, now: Date): SessionState {
  if (row === undefined || row.deleted_at !== null) return ended({ type: "revoked", reason: "account_deleted" });
  if (row.revoked_reason !== null) return ended({ type: "revoked", reason: row.revoked_reason });
  if (row.status !== "active") return ended({ type: "revoked", reason: "account_disabled" });
  const expiresAt = earlier(row.idle_expires_at, row.expires_at);
  if (expiresAt <= now) return ended({ type: "expired" });
  return { isLive: true, expiresAt, roles: row.roles };
}

const ended = (event: SessionEvent): SessionState => ({ isLive: false, event });

const idCharacters = 16;

/**
 * The id of the event that reports this state: a digest of its content, by which any server knows later which state the reader
 * has seen. No server stores that.
 */
export function idOfState(state: SessionState): string {
  return state.isLive ? idOfRoles(state.roles) : digest(state.event);
}

/** The id of a live session whose user has these roles. */
export function idOfRoles(roles: readonly string[]): string {
  return digest([...roles].sort());
}

function digest(content: unknown): string {
  return hash("sha256", JSON.stringify(content), "base64url").slice(0, idCharacters);
}
