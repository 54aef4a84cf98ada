import { type KeyObject, sign } from "node:crypto";
import { type CryptoKey, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";

/** The claims of an access token; RFC 9068 defines their names in the token. */
interface AccessTokenClaims {
  /** The user's public id (`sub`). */
  readonly userId: string;
  /** The session's public id (`sid`). */
  readonly sessionId: string;
  /**
   * The public id of the administrator who acts in the user's name, in `act` (RFC 8693, 4.1); `null` or missing if the user acts
   * themselves. Only for those who read the token: the server itself goes by the session.
   */
  readonly impersonatorId?: string | null;
}

/** The claims of a verified token, and when it expires. */
interface VerifiedClaims extends Omit<AccessTokenClaims, "impersonatorId"> {
  /** The `kid` of the key that signed the token. */
  readonly keyId: string;
  readonly expiresAt: Date;
}

/** A private key, and the id of its public key in the key set. */
interface SigningKey {
  /** `kid` (RFC 7515, 4.1.4). */
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** The longest lifetime that can be configured for access tokens, in seconds. A retired key is kept for longer. */
export const maxAccessTokenTtlSeconds = 3600;

/** How far the clocks of servers may differ, in seconds. A token may have been issued this far in the future. */
const clockSkewSeconds = 60;

/** How long a relying party may cache the key set, in seconds. A key is published for longer than that before it signs. */
export const keySetMaxAgeSeconds = 300;

/** The keys of access tokens, which change while the server runs. */
export interface AccessTokenKeys {
  /** Returns the signing key; synchronous, because it is called inside transactions. */
  signingKeyAt(now: Date): SigningKey;
  /**
   * Returns the public key of this `kid`, or `undefined` if no token of that key is accepted, not yet or no longer. Callers may
   * send any `kid`.
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
  sign(claims: AccessTokenClaims, issuedAt: Date): string;
  /**
   * Returns the claims of a genuine, unexpired token, and `undefined` for any other text. Also rejects tokens that no server
   * issues but a holder of the key could sign: a token from the future, a token that lives longer than `ttlSeconds`, and ids
   * that are no UUIDs.
   */
  verify(token: string, now: Date): Promise<VerifiedClaims | undefined>;
}

/** The `typ` of access tokens, so that no other kind of token signed by the same key is accepted (RFC 9068, 2.1). */
const tokenType = "at+jwt";
const algorithm = "EdDSA";

/** Access tokens as JWTs signed with Ed25519 (RFC 8037, RFC 9068). */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { keys, issuer, ttlSeconds } = options;
  const checkNoSignature = createDecoyCheck();
  return {
    ttlSeconds,
    sign({ userId, sessionId, impersonatorId }, issuedAt) {
      const iat = Math.floor(issuedAt.getTime() / 1000);
      const times = { iat, exp: iat + ttlSeconds };
      const actor = impersonatorId == null ? {} : { act: { sub: impersonatorId } };
      const claims = { sid: sessionId, iss: issuer, aud: issuer, sub: userId, ...actor, ...times };
      return signJwt(claims, keys.signingKeyAt(issuedAt));
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

/**
 * Returns a JWT in compact form (RFC 7515, 7.1), signed on this thread: jose signs on another one, and waking it takes longer
 * than the signature.
 */
function signJwt(claims: Record<string, unknown>, { id, privateKey }: SigningKey): string {
  const signed = `${encode({ alg: algorithm, typ: tokenType, kid: id })}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

function encode(value: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function hasCheckedSignature(error: errors.JOSEError): boolean {
  return (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired
  );
}

/** An invalid signature of the length of an Ed25519 signature. */
const noSignature = new Uint8Array(64);

/** The public key of RFC 8037, appendix A. Its private key is published, so no token signed by it is accepted. */
const exampleKey = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

/**
 * Returns a function that takes as long as a signature check, so that malformed tokens are rejected no faster than tokens with
 * a wrong signature. Its key is imported once, as are the keys of tokens.
 */
function createDecoyCheck(): () => Promise<void> {
  let key: Promise<CryptoKey> | undefined;
  return async () => {
    key ??= crypto.subtle.importKey("jwk", exampleKey, "Ed25519", false, ["verify"]);
    await crypto.subtle.verify("Ed25519", await key, noSignature, noSignature);
  };
}

/**
 * Throws if there is no such key. The sender of a token writes its header, so `id` may be any JSON, despite the types of jose.
 */
async function publicKeyOf(keys: AccessTokenKeys, id: unknown, now: Date): Promise<CryptoKey> {
  const key = typeof id === "string" ? await keys.findPublicKey(id, now) : undefined;
  if (key === undefined) throw new errors.JWKSNoMatchingKey();
  return key;
}

/** Whether the token is not from the future and has a lifetime of at most `ttlSeconds`. */
function isIssuedLikeOurs(
  { iat = Number.NaN, exp = Number.NaN }: JWTPayload,
  { now, ttlSeconds }: { readonly now: Date; readonly ttlSeconds: number },
): boolean {
  return iat <= now.getTime() / 1000 + clockSkewSeconds && exp - iat <= ttlSeconds;
}

/** A UUID in PostgreSQL's output form. PostgreSQL also reads other forms, which no server writes. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function claimsOf({ sub, sid, exp }: JWTPayload, keyId = ""): VerifiedClaims | undefined {
  if (!isUuid(sub) || !isUuid(sid)) return undefined;
  return { userId: sub, sessionId: sid, keyId, expiresAt: new Date(Number(exp) * 1000) };
}

function isUuid(claim: unknown): claim is string {
  return typeof claim === "string" && uuid.test(claim);
}
