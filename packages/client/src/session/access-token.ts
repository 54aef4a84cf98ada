import { isRecord } from "./stored-session.ts";

/** Milliseconds from issue to expiry, both by the server's clock, so that the device's clock does not matter. */
export function readLifetimeMillis(accessToken: string): number | undefined {
  const { iat, exp } = readClaims(accessToken);
  return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : undefined;
}

/** Reads the claims of a JWT (RFC 7519); returns none for any other text. */
function readClaims(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}
