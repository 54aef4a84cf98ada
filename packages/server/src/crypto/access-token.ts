import { type CryptoKey, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";

/** What an access token says; RFC 9068 gives the names in the token. */
interface AccessTokenClaims {
  /** The user's public id (`sub`). */
  readonly userId: string;
  /** The session's public id (`sid`). */
  readonly sessionId: string;
}

/** The claims of a token that was verified, and until when they hold. */
interface VerifiedClaims extends AccessTokenClaims {
  /** Of the key that signed it. */
  readonly keyId: string;
  readonly expiresAt: Date;
}

/** A key that signs, and the address of its public half in the key set. */
interface SigningKey {
  /** `kid` (RFC 7515, 4.1.4). */
  readonly id: string;
  readonly privateKey: CryptoKey;
}

/** The longest that an access token may be made to live, in seconds; its key is kept for longer. */
export const maxAccessTokenTtlSeconds = 3600;

/** How far the clocks of servers may differ, in seconds: a token may have been issued so much later than now. */
const clockSkewSeconds = 60;

/** How long a relying party may keep the key set, in seconds; a key is published for longer before it signs. */
export const keySetMaxAgeSeconds = 300;

/** The keys of access tokens, which change while the server runs. */
export interface AccessTokenKeys {
  /** At once, because it is asked for within transactions. */
  signingKeyAt(now: Date): SigningKey;
  /**
   * The public key of this `kid`, which anybody may have thought up; `undefined` where no token of it is accepted, now or
   * any more.
   */
  findPublicKey(id: string, now: Date): Promise<CryptoKey | undefined>;
}

interface AccessTokenOptions {
  readonly keys: AccessTokenKeys;
  /** The origin of this server: `iss`, and `aud` too, since the server is the only audience. */
  readonly issuer: string;
  readonly ttlSeconds: number;
}

/** Makes and checks access tokens. */
export interface AccessTokens {
  readonly ttlSeconds: number;
  sign(claims: AccessTokenClaims, issuedAt: Date): Promise<string>;
  /**
   * The claims of a genuine, unexpired token; `undefined` for any other text. Who holds the key can sign what no server
   * does: a token from the future, one that lives longer than `ttlSeconds`, and ids that are none are refused as well.
   */
  verify(token: string, now: Date): Promise<VerifiedClaims | undefined>;
}

/** Refuses a token of another kind that the same key signed (RFC 9068, 2.1). */
const tokenType = "at+jwt";
const algorithm = "EdDSA";

/** Access tokens as JWTs signed with Ed25519 (RFC 8037, RFC 9068). */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { keys, issuer, ttlSeconds } = options;
  const checkNoSignature = createDecoyCheck();
  return {
    ttlSeconds,
    sign(claims, issuedAt) {
      const seconds = Math.floor(issuedAt.getTime() / 1000);
      const signingKey = keys.signingKeyAt(issuedAt);
      return new SignJWT({ sid: claims.sessionId })
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
        requiredClaims: ["exp", "iat", "sub", "sid"],
      };
      const findKey: JWTVerifyGetKey = ({ kid }) => publicKeyOf(keys, kid, now);
      try {
        const { payload, protectedHeader } = await jwtVerify(token, findKey, expected);
        if (!isIssuedLikeOurs(payload, { now, ttlSeconds })) return undefined;
        return claimsOf(payload, protectedHeader.kid);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        if (!hasCheckedSignature(error)) await checkNoSignature();
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

/** The key of RFC 8037, appendix A, whose private half everybody knows; nothing is accepted for it. */
const exampleKey = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

/**
 * Makes what takes the time of a check: text that is no token is refused as late as a token that somebody else signed. The
 * key is read once, as those of tokens are.
 */
function createDecoyCheck(): () => Promise<void> {
  let key: Promise<CryptoKey> | undefined;
  return async () => {
    key ??= crypto.subtle.importKey("jwk", exampleKey, "Ed25519", false, ["verify"]);
    await crypto.subtle.verify("Ed25519", await key, noSignature, noSignature);
  };
}

/** Whoever sends a token writes its header: `id` is any JSON there, whatever jose says. */
async function publicKeyOf(keys: AccessTokenKeys, id: unknown, now: Date): Promise<CryptoKey> {
  const key = typeof id === "string" ? await keys.findPublicKey(id, now) : undefined;
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return key;
}

/** Whether the token was issued by now and lives no longer than those that are issued today. */
function isIssuedLikeOurs(
  { iat = Number.NaN, exp = Number.NaN }: JWTPayload,
  { now, ttlSeconds }: { readonly now: Date; readonly ttlSeconds: number },
): boolean {
  return iat <= now.getTime() / 1000 + clockSkewSeconds && exp - iat <= ttlSeconds;
}

/** A UUID as PostgreSQL writes it; whatever else it reads as one was not written by a server. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function claimsOf({ sub, sid, exp }: JWTPayload, keyId = ""): VerifiedClaims | undefined {
  if (!isUuid(sub) || !isUuid(sid)) return undefined;
  return { userId: sub, sessionId: sid, keyId, expiresAt: new Date(Number(exp) * 1000) };
}

function isUuid(claim: unknown): claim is string {
  return typeof claim === "string" && uuid.test(claim);
}
