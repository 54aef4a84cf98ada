import type { Session } from "../inference.ts";
import { hasMoments, isRecord, type SessionForm } from "./stored-session.ts";

/** A session that contains its tokens. */
export const tokenSession: SessionForm<Session> = {
  matches: isTokenSession,
  refreshVersion: ({ session }) => session.refreshToken,
  versionIn: (input) => (isRecord(input) ? input["refreshToken"] : undefined),
  lifetimeMillis: ({ accessToken }) => readLifetimeMillis(accessToken),
  accessToken: ({ accessToken }) => accessToken,
  isKeptByBrowser: false,
};

/** The session that `auth.status` returns has no tokens. */
function isTokenSession(value: unknown): value is Session {
  if (!isRecord(value)) return false;
  const texts = [value["id"], value["accessToken"], value["refreshToken"]];
  return texts.every((text) => typeof text === "string") && hasMoments(value);
}

/** Milliseconds from issue to expiry, both by the server's clock, so that the local clock does not matter. */
function readLifetimeMillis(accessToken: string): number | undefined {
  const { iat, exp } = readClaims(accessToken);
  return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : undefined;
}

/** The claims of a JWT (RFC 7519); none for any other text. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
