import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import { addSeconds } from "../../clock.ts";
import type { FcmConfig } from "./config.ts";
import { AttemptFailure, refused, retryAfterMillis, retryService } from "./outcome.ts";

const scope = "https://www.googleapis.com/auth/firebase.messaging";

/** The lifetime of an assertion, in seconds; Google allows an hour. */
const assertionTtlSeconds = 600;

/** A token is renewed so long before it expires, in seconds. */
const renewalLeadSeconds = 300;

/** The longest lifetime of a token that is believed, in seconds: a day. Google's live for an hour. */
const maxTtlSeconds = 24 * 60 * 60;

const tokenSchema = z.object({
  // What a header can carry (RFC 6749, A.12).
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .number()
    .positive()
    .transform((seconds) => Math.min(seconds, maxTtlSeconds)),
});

const refusalSchema = z.object({ error: z.string().regex(/^[\w.-]{1,50}$/) });

/**
 * Gets an access token for a service account, by the JWT bearer grant (RFC 7523) at its `token_uri`. Throws `AttemptFailure`,
 * which says `refused` if Google does not accept the account.
 */
export async function fetchAccessToken(
  { serviceAccount }: Pick<FcmConfig, "serviceAccount">,
  { now, timeoutMillis }: { readonly now: Date; readonly timeoutMillis: number },
) {
  const { token_uri: url } = serviceAccount;
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: await signAssertion(serviceAccount, now),
  });
  const signal = AbortSignal.timeout(timeoutMillis);
  // Google does not redirect, and no other server may receive the assertion.
  const response = await fetch(url, { method: "POST", body, redirect: "error", signal }).catch((cause: unknown) => {
    throw new AttemptFailure(retryService("the server of access tokens cannot be reached"), { cause });
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw new AttemptFailure(refusalOf(response, answer, now));
  const token = tokenSchema.safeParse(answer).data;
  if (token === undefined) throw new AttemptFailure(retryService("the answer contains no access token"));
  const expiresAt = addSeconds(now, token.expires_in);
  return { value: token.access_token, expiresAt, renewAt: addSeconds(expiresAt, -renewalLeadSeconds) };
}

async function signAssertion(account: FcmConfig["serviceAccount"], now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return await new SignJWT({ scope })
    .setProtectedHeader({ alg: "RS256", kid: account.private_key_id })
    .setIssuer(account.client_email)
    .setAudience(account.token_uri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + assertionTtlSeconds)
    .sign(createPrivateKey(account.private_key));
}

function refusalOf({ status, headers }: Response, answer: unknown, now: Date) {
  const code = refusalSchema.safeParse(answer).data?.error;
  const reason = `the server of access tokens answered ${status}${code === undefined ? "" : `, ${code}`}`;
  const isTemporary = status === 429 || status >= 500;
  return isTemporary
    ? retryService(reason, retryAfterMillis(headers.get("retry-after") ?? undefined, now))
    : refused(reason);
}
