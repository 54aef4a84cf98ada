import { createHmac, timingSafeEqual } from "node:crypto";

/** The claims of a refresh token, not yet verified: its session, and how often it was rotated. */
export interface RefreshTokenClaims {
  /** The session's public id, a UUID. */
  readonly sessionId: string;
  /** 0 for the token of the sign-in, incremented by each rotation. */
  readonly counter: number;
}

const pattern =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/** Bytes of a session's own key. */
export const refreshKeyBytes = 32;

/**
 * `session id . counter . MAC`, the MAC being HMAC-SHA-256 in base64url under the session's own key. The same
 * counter always yields the same token, so a retried rotation returns the token of the answer that was lost.
 */
export function formatRefreshToken(claims: RefreshTokenClaims, key: Uint8Array): string {
  return `${claims.sessionId}.${claims.counter}.${mac(claims, key).toString("base64url")}`;
}

/** Reads the claims of a well-formed token without verifying them; `undefined` if it is malformed. */
export function parseRefreshToken(token: string): RefreshTokenClaims | undefined {
  const [, sessionId, counter] = pattern.exec(token) ?? [];
  return sessionId === undefined ? undefined : { sessionId, counter: Number(counter) };
}

/** Whether the token was made from these claims with this key; compares in constant time. */
export function matchesRefreshToken(claims: RefreshTokenClaims, key: Uint8Array, token: string): boolean {
  const expected = Buffer.from(formatRefreshToken(claims, key));
  const presented = Buffer.from(token);
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}

function mac(claims: RefreshTokenClaims, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(`${claims.sessionId}.${claims.counter}`).digest();
}
