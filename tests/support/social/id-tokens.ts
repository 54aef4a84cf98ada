import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** The keys of the test's providers. They are made once, so that a token can be made before a provider runs. */
const [own, next, foreign] = await Promise.all([
  generateKeyPair("RS256"),
  generateKeyPair("RS256"),
  generateKeyPair("RS256"),
]);

const keyId = "provider-key";
const nextKeyId = "provider-key-2";

/** The key set that a provider publishes. */
export async function publishedKeys() {
  return { keys: [{ ...(await exportJWK(own.publicKey)), kid: keyId, alg: "RS256", use: "sig" }] };
}

/** The key set of a provider that has replaced its key. */
export async function nextPublishedKeys() {
  return { keys: [{ ...(await exportJWK(next.publicKey)), kid: nextKeyId, alg: "RS256", use: "sig" }] };
}

/** How a token differs from an honest one. */
export interface TokenLies {
  /** Claims beside the honest ones, or instead; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signed with the provider's next key, with a key that is not the provider's, with none at all, or with the client's secret. */
  readonly signature?: "next key" | "foreign key" | "none" | "secret";
  /** Seconds by which the token is older; negative for the future. */
  readonly ageSeconds?: number;
}

interface HonestClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly nonce?: string | undefined;
  readonly now: Date;
}

/** The lifetime of a token, in seconds. */
const ttlSeconds = 300;

/** Makes an id token. */
export async function mintIdToken(
  { now, ...honest }: HonestClaims & Readonly<Record<string, unknown>>,
  { claims = {}, signature, ageSeconds = 0 }: TokenLies = {},
): Promise<string> {
  const iat = Math.floor(now.getTime() / 1000) - ageSeconds;
  const payload = withoutUndefined({ ...honest, iat, exp: iat + ttlSeconds, ...claims });
  if (signature === "none") return unsigned(payload);
  const jwt = new SignJWT(payload);
  if (signature === "secret") return await jwt.setProtectedHeader({ alg: "HS256" }).sign(Buffer.from(clientSecret));
  if (signature === "next key") {
    return await jwt.setProtectedHeader({ alg: "RS256", kid: nextKeyId }).sign(next.privateKey);
  }
  const key = signature === "foreign key" ? foreign.privateKey : own.privateKey;
  return await jwt.setProtectedHeader({ alg: "RS256", kid: keyId }).sign(key);
}

/** The secret of this server at every provider of the tests. */
export const clientSecret = "the secret of the client, which is long enough".replaceAll(" ", "-");

function withoutUndefined(claims: Readonly<Record<string, unknown>>): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/** RFC 7519, 6. */
function unsigned(payload: JWTPayload): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(payload)}.`;
}
