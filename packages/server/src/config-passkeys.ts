import type { Finding } from "./config-checks.ts";
import { isLoopbackUrl } from "./config-formats.ts";
import type { VariableValues } from "./config-variables.ts";

/** Where passkeys are valid. */
export interface PasskeyConfig {
  /** The domain that passkeys belong to (the RP ID of WebAuthn). */
  readonly rpId: string;
  /** The origins of the pages and apps whose answers are accepted. */
  readonly origins: readonly string[];
  /** Whether pages of the domain are accepted at any port and subdomain: in development with `CORS_ORIGINS=*`. */
  readonly acceptsAnyPage: boolean;
  readonly maxPerUser: number;
}

type Read = Pick<VariableValues, "NODE_ENV" | "PORT" | "PUBLIC_URL" | "CORS_ORIGINS"> &
  Pick<VariableValues, "PASSKEY_RP_ID" | "PASSKEY_ORIGINS" | "PASSKEYS_PER_USER">;

/** The settings of passkeys. By default they belong to the host of `PUBLIC_URL`, and are accepted from it and from `CORS_ORIGINS`. */
export function passkeyConfig(parsed: Read): PasskeyConfig {
  const publicUrl = parsed.PUBLIC_URL ?? `http://localhost:${parsed.PORT}`;
  const cors = parsed.CORS_ORIGINS ?? (parsed.NODE_ENV === "development" ? ["*"] : []);
  const rpId = parsed.PASSKEY_RP_ID ?? new URL(publicUrl).hostname;
  const usual = [publicUrl, ...cors].filter((origin) => origin !== "*" && isPageOf(rpId, origin));
  return {
    rpId,
    origins: parsed.PASSKEY_ORIGINS ?? [...new Set(usual)],
    acceptsAnyPage: parsed.NODE_ENV === "development" && parsed.PASSKEY_ORIGINS === undefined && cors.includes("*"),
    maxPerUser: parsed.PASSKEYS_PER_USER,
  };
}

/** Whether browsers let a page of the origin use passkeys of the domain without asking the domain. */
export function isPageOf(rpId: string, origin: string): boolean {
  const hostname = URL.parse(origin)?.hostname ?? "";
  return hostname === rpId || hostname.endsWith(`.${rpId}`);
}

/** The pages on other sites that may use passkeys of the domain (WebAuthn Level 3, 5.11), which a document there has to list. */
export function relatedOrigins({ rpId, origins }: PasskeyConfig): readonly string[] {
  const isOnAnotherSite = (origin: string) => origin.startsWith("https:") && !isPageOf(rpId, origin);
  return origins.some(isOnAnotherSite) ? origins.filter((origin) => origin.startsWith("https:")) : [];
}

/** Rejects settings with which no browser would offer a passkey. The defaults are none: a server at an address may do without. */
export function wrongPasskeys(parsed: Read): readonly Finding[] {
  const { rpId, origins } = passkeyConfig(parsed);
  const { PASSKEY_RP_ID, PASSKEY_ORIGINS, NODE_ENV } = parsed;
  const isStrict = NODE_ENV === "production" || NODE_ENV === "staging";
  const insecure = origins.filter((origin) => origin.startsWith("http:") && !isLoopbackUrl(origin));
  if (isStrict && PASSKEY_ORIGINS !== undefined && insecure.length > 0) {
    return [["PASSKEY_ORIGINS", `browsers have passkeys on https only, unlike ${insecure.join(", ")}`]];
  }
  if (origins.some((origin) => isPageOf(rpId, origin))) return [];
  if (PASSKEY_ORIGINS !== undefined) return [["PASSKEY_ORIGINS", `none of them is ${rpId} or below it`]];
  if (PASSKEY_RP_ID === undefined) return [];
  return [["PASSKEY_RP_ID", `neither PUBLIC_URL nor an origin of CORS_ORIGINS is ${rpId} or below it`]];
}
