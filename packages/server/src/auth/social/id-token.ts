import { type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { sha256Hex } from "../../crypto/secret-digest.ts";
import { ProviderError } from "./provider.ts";

/** The claims that are read. Any others, such as a user id of the app, decide nothing. */
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().regex(/^[\x20-\x7e]{1,255}$/),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
  nonce: z.string(),
  email: z.string().optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  locale: z.string().optional(),
  /** Google: the domain of the organisation that the account belongs to. */
  hd: z.string().optional(),
  /** Microsoft Entra: the tenant. */
  tid: z.string().optional(),
});

/** The claims of a verified id token. */
export type IdTokenClaims = z.output<typeof claimsSchema>;

/** What an id token has to agree with. */
export interface IdTokenRules {
  readonly keys: JWTVerifyGetKey;
  /** Whether the token may come from its issuer. */
  readonly isIssuer: (claims: IdTokenClaims) => boolean;
  /** The ids of our own clients, one of which the token must be for. */
  readonly audiences: readonly string[];
  /** What this sign-in gave the provider. An empty text matches nothing. */
  readonly nonce: string;
  /** Whether the token may have the SHA-256 of the nonce instead, as Apple's library for native apps advises. */
  readonly allowsHashedNonce: boolean;
  readonly now: Date;
}

/** Asymmetric algorithms only: anybody who knows a shared secret could make tokens, and `none` needs no key at all. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** How far the clocks may differ, in seconds. */
const clockToleranceSeconds = 60;

/** An id token older than this is refused, in seconds: it is made for the sign-in that presents it. */
const maxAgeSeconds = 600;

/**
 * Verifies an id token (OpenID Connect Core 1.0, 3.1.3.7): its signature by a key of the issuer, issuer, audience, authorised
 * party, times and nonce. Throws {@link ProviderError}.
 */
export async function verifyIdToken(token: string, rules: IdTokenRules): Promise<IdTokenClaims> {
  const claims = claimsSchema.safeParse(await verifiedPayload(token, rules));
  if (!claims.success) throw new ProviderError("invalid", "The id token lacks claims, or has others than it should");
  const { iss, azp, aud, nonce } = claims.data;
  if (!rules.isIssuer(claims.data)) throw new ProviderError("invalid", `The id token is of another issuer: ${iss}`);
  const party = azp ?? (Array.isArray(aud) && aud.length > 1 ? undefined : rules.audiences[0]);
  if (party === undefined || !rules.audiences.includes(party)) {
    throw new ProviderError("invalid", "The id token was issued to another client");
  }
  if (!matchesNonce(rules, nonce)) throw new ProviderError("invalid", "The nonce of the id token is another");
  return claims.data;
}

async function verifiedPayload(token: string, { keys, audiences, now }: IdTokenRules): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      audience: [...audiences],
      currentDate: now,
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: maxAgeSeconds,
      requiredClaims: ["iss", "sub", "aud", "exp", "iat", "nonce"],
    });
    return payload;
  } catch (cause) {
    // The keys could not be read, which says nothing about the token.
    if (cause instanceof ProviderError) throw cause;
    throw new ProviderError("invalid", "The id token is not valid", { cause });
  }
}

function matchesNonce({ nonce, allowsHashedNonce }: IdTokenRules, claimed: string): boolean {
  return nonce !== "" && (claimed === nonce || (allowsHashedNonce && claimed === sha256Hex(nonce)));
}
