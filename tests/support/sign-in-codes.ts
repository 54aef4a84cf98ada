import { createHash, randomBytes } from "node:crypto";
import { type RestResponse, rest } from "./rest.ts";

/** An app's verifier and its challenge (RFC 7636, S256). */
export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

/** A new verifier with its challenge. */
export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** An address that test servers allow, since they allow every loopback address. */
export const appAddress = "http://localhost:5173/signed-in";

interface HandOver extends Pick<Pkce, "challenge"> {
  readonly headers: Readonly<Record<string, string>>;
  /** Default: it is in the cookie. */
  readonly refreshToken?: string;
}

/** Hands the sign-in of a page over to an app; the answer has the address. */
export function handOver(url: string, { headers, challenge, refreshToken }: HandOver): Promise<RestResponse> {
  const body = { redirectTo: appAddress, codeChallenge: challenge, refreshToken };
  return rest(url, "/v1/auth/sign-in-codes", { headers, body });
}

/** The code in an address. */
export function codeInAddress(redirectTo: string): string {
  const code = new URL(redirectTo).searchParams.get("code");
  if (code === null) throw new Error(`No code in ${redirectTo}`);
  return code;
}

interface Exchange extends Pick<Pkce, "verifier"> {
  readonly code: string;
  readonly device?: object;
}

/** Exchanges a code as an app does. */
export function exchange(url: string, { code, verifier, device }: Exchange): Promise<RestResponse> {
  return rest(url, "/v1/auth/sign-in-codes/exchange", { body: { code, codeVerifier: verifier, device } });
}
