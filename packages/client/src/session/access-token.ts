import { isRecord } from "./session-shape.ts";
import type { StoredSession } from "./stored-session.ts";

/** A token this close to its end might not survive the way to the server. */
const marginMillis = 30_000;

/** Of a short lifetime, the margin is this part at most; else such tokens would be replaced at every call. */
const marginShare = 0.25;

/** Whether it is time to refresh. A token whose lifetime cannot be read is used until the server refuses it. */
export function isAboutToExpire({ session, receivedAtMillis }: StoredSession, nowMillis: number): boolean {
  const lifetimeMillis = readLifetimeMillis(session.accessToken);
  if (lifetimeMillis === undefined) return false;
  const margin = Math.min(marginMillis, lifetimeMillis * marginShare);
  return nowMillis - receivedAtMillis >= lifetimeMillis - margin;
}

/** From issue to expiry, both by the server's clock, so that it does not matter what time it is here. */
function readLifetimeMillis(accessToken: string): number | undefined {
  const { iat, exp } = readClaims(accessToken);
  return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : undefined;
}

/** The claims of a JWT (RFC 7519); nothing of any other text. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
