import { type CryptoKey, errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";

/** What an access token says; RFC 9068 gives the names in the token. */
interface AccessTokenClaims {
  /** The user's public id (`sub`). */
  readonly userId: string;
  /** The session's public id (`sid`). */
  readonly sessionId: string;
  /** Counter of the refresh token that was issued together with this token (`rtc`). */
  readonly refreshCounter: number;
}

/** The claims of a token that was verified, and until when they hold. */
interface VerifiedClaims extends AccessTokenClaims {
  readonly expiresAt: Date;
}

/** A key that signs, and the address of its public half in the key set. */
export interface SigningKey {
  /** `kid`, the JWK thumbprint (RFC 7638). */
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

interface AccessTokenOptions {
  readonly signingKey: SigningKey;
  /** Public keys by `kid`: of the signing key, and of retired ones whose tokens may still live. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  /** The origin of this server: `iss`, and `aud` too, since the server is the only audience. */
  readonly issuer: string;
  readonly ttlSeconds: number;
}

/** Makes and checks access tokens. */
export interface AccessTokens {
  readonly ttlSeconds: number;
  sign(claims: AccessTokenClaims, issuedAt: Date): Promise<string>;
  /** The claims of a genuine, unexpired token; `undefined` for any other text. */
  verify(token: string, now: Date): Promise<VerifiedClaims | undefined>;
}

/** Refuses a token of another kind that the same key signed (RFC 9068, 2.1). */
const tokenType = "at+jwt";
const algorithm = "EdDSA";

/** Access tokens as JWTs signed with Ed25519 (RFC 8037, RFC 9068). */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { signingKey, publicKeys, issuer, ttlSeconds } = options;
  const findKey: JWTVerifyGetKey = (header) => publicKeyOf(publicKeys, header.kid);
  return {
    ttlSeconds,
    sign(claims, issuedAt) {
      const seconds = Math.floor(issuedAt.getTime() / 1000);
      return new SignJWT({ sid: claims.sessionId, rtc: claims.refreshCounter })
        .setProtectedHeader({ alg: algorithm, typ: tokenType, kid: signingKey.id })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(claims.userId)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ttlSeconds)
        .sign(signingKey.privateKey);
    },
    async verify(token, now) {
      const expected = {
        algorithms: [algorithm],
        typ: tokenType,
        issuer,
        audience: issuer,
        currentDate: now,
        requiredClaims: ["exp"],
      };
      try {
        const { payload } = await jwtVerify(token, findKey, expected);
        return claimsOf(payload);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (!hasCheckedSignature(error)) await checkNoSignature(signingKey.publicKey);
        return undefined;
      }
    },
  };
}

function hasCheckedSignature(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired
  );
}

/** As long as an Ed25519 signature, and none. */
const noSignature = new Uint8Array(64);

/** Takes the time of a check: text that is no token is refused as late as a token that somebody else signed. */
async function checkNoSignature(publicKey: CryptoKey): Promise<void> {
  await crypto.subtle.verify("Ed25519", publicKey, noSignature, noSignature);
}

function publicKeyOf(keys: ReadonlyMap<string, CryptoKey>, id: string | undefined): CryptoKey {
  const key = keys.get(id ?? "");
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return key;
}

function claimsOf(payload: Record<string, unknown>): VerifiedClaims | undefined {
  const { sub, sid, rtc, exp } = payload;
  if (typeof sub !== "string" || typeof sid !== "string" || typeof rtc !== "number") return undefined;
  return { userId: sub, sessionId: sid, refreshCounter: rtc, expiresAt: new Date(Number(exp) * 1000) };
}
