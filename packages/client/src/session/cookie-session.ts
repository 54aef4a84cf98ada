import type { CookieSession } from "../inference.ts";
import type { SessionForm, StoredSession } from "./stored-session.ts";
import { hasMoments, isMoment, isRecord } from "./stored-session.ts";

/** A session whose tokens are in cookies; its versions differ by their times. */
export const cookieSession: SessionForm<CookieSession> = {
  matches: isCookieSession,
  refreshVersion: versionOf,
  versionIn: (_input, held) => held && versionOf(held),
  lifetimeMillis: ({ issuedAt, accessTokenExpiresAt }) => accessTokenExpiresAt.getTime() - issuedAt.getTime(),
  accessToken: () => undefined,
  isKeptByBrowser: true,
};

function versionOf({ session, receivedAtMillis }: StoredSession<CookieSession>): string {
  return `${session.id} ${session.issuedAt.getTime()} ${receivedAtMillis}`;
}

function isCookieSession(value: unknown): value is CookieSession {
  return isRecord(value) && typeof value["id"] === "string" && isMoment(value["issuedAt"]) && hasMoments(value);
}
