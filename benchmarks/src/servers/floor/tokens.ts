import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { generateKeyPair, jwtVerify, SignJWT } from "jose";

const ttlSeconds = 900;
const issuer = "http://localhost";
const algorithm = "EdDSA";
const type = "at+jwt";

/** Which session a token belongs to, and how often that was refreshed. */
interface TokenClaims {
  readonly sessionId: string;
  readonly counter: number;
}

/** An access token that was verified. */
interface AccessClaims {
  readonly sessionId: string;
  /** The public one. */
  readonly userId: string;
  readonly expiresAt: Date;
}

/** Access tokens as Gatehouse's; refresh tokens with one key for all sessions, so that a refresh need not read one. */
export interface Tokens {
  signAccess(claims: Pick<TokenClaims, "sessionId"> & { readonly userId: string }, now: Date): Promise<string>;
  accessExpiry(now: Date): Date;
  /** Throws where the token is not genuine. */
  verifyAccess(token: string): Promise<AccessClaims>;
  formatRefresh(claims: TokenClaims): string;
  /** Throws where the token is not genuine. */
  verifyRefresh(token: string): TokenClaims;
}

/** Tokens with keys that nobody else has. */
export async function createTokens(): Promise<Tokens> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const expected = { algorithms: [algorithm], typ: type, issuer, audience: issuer };
  return {
    accessExpiry: (now) => new Date(now.getTime() + ttlSeconds * 1000),
    signAccess({ userId, sessionId }, now) {
      const seconds = Math.floor(now.getTime() / 1000);
      return new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: type })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(userId)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + ttlSeconds)
        .sign(privateKey);
    },
    async verifyAccess(token) {
      const { payload } = await jwtVerify(token, publicKey, expected);
      const expiresAt = new Date(Number(payload.exp) * 1000);
      return { sessionId: String(payload["sid"]), userId: String(payload.sub), expiresAt };
    },
    ...refreshTokens(randomBytes(32)),
  };
}

function refreshTokens(key: Buffer): Pick<Tokens, "formatRefresh" | "verifyRefresh"> {
  const formatRefresh = ({ sessionId, counter }: TokenClaims) => {
    const claims = `${sessionId}.${counter}`;
    return `${claims}.${createHmac("sha256", key).update(claims).digest("base64url")}`;
  };
  return {
    formatRefresh,
    verifyRefresh(token) {
      const [sessionId = "", counter = ""] = token.split(".");
      const claims = { sessionId, counter: Number(counter) };
      const [presented, genuine] = [Buffer.from(token), Buffer.from(formatRefresh(claims))];
      if (presented.length === genuine.length && timingSafeEqual(presented, genuine)) return claims;
      throw new Error("The refresh token is not genuine");
    },
  };
}
