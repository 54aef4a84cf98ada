import type { Session } from "../inference.ts";
import { readLifetimeMillis } from "./access-token.ts";
import type { SessionForm } from "./stored-session.ts";
import { hasMoments, isRecord } from "./stored-session.ts";

/** A session that contains its tokens. */
export const tokenSession: SessionForm<Session> = {
  matches: isTokenSession,
  refreshVersion: ({ session }) => session.refreshToken,
  versionIn: (input) => (isRecord(input) ? input["refreshToken"] : undefined),
  lifetimeMillis: ({ accessToken }) => readLifetimeMillis(accessToken),
  accessToken: ({ accessToken }) => accessToken,
  isKeptByBrowser: false,
};

/** `auth.status` returns a session without tokens. */
function isTokenSession(value: unknown): value is Session {
  if (!isRecord(value)) return false;
  const texts = [value["id"], value["accessToken"], value["refreshToken"]];
  return texts.every((text) => typeof text === "string") && hasMoments(value);
}
