import type { AnySession } from "../inference.ts";
import type { SessionForm, StoredSession } from "./stored-session.ts";

/** A token this close to its end might expire on the way to the server. */
const marginMillis = 30_000;

/**
 * The largest part of a short lifetime that the margin may take; otherwise such tokens would be replaced at every call.
 */
const marginShare = 0.25;

/** Tells whether to refresh now. A token with an unreadable lifetime is used until the server refuses it. */
export function isAboutToExpire<S extends AnySession>(
  form: SessionForm<S>,
  { session, receivedAtMillis }: StoredSession<S>,
  nowMillis: number,
): boolean {
  const lifetimeMillis = form.lifetimeMillis(session);
  if (lifetimeMillis === undefined) return false;
  const margin = Math.min(marginMillis, lifetimeMillis * marginShare);
  return nowMillis - receivedAtMillis >= lifetimeMillis - margin;
}
