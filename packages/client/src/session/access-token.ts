import { isRecord } from "./stored-session.ts";

/** From issue to expiry in milliseconds, both by the server's clock, so that it does not matter what time it is here. */
export function readLifetimeMillis(accessToken: string): number | undefined {
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
