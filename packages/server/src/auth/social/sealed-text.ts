import { z } from "zod";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { matchesDigest } from "../../crypto/secret-digest.ts";

/** The content of a link code. */
export const linkCodeSchema = z.object({
  proof: z.object({
    provider: z.string(),
    issuer: z.string(),
    subject: z.string(),
    email: z.string().optional(),
    isEmailProven: z.boolean(),
    givenName: z.string().optional(),
    familyName: z.string().optional(),
    locale: z.string().optional(),
  }),
  codeChallenge: z.string(),
  expiresAt: z.coerce.date(),
});

/** Returns the value as sealed text for an address or a cookie. */
export function sealText(keyRing: KeyRing, value: object, context: string): string {
  return keyRing.seal(Buffer.from(JSON.stringify(value)), context).toString("base64url");
}

interface SealedText<Schema extends z.ZodType> {
  readonly sealed: string;
  readonly context: string;
  readonly schema: Schema;
}

/** Opens sealed text; `undefined` for anything that the key ring did not seal with this context. */
export function openSealed<Schema extends z.ZodType>(
  keyRing: KeyRing,
  { sealed, context, schema }: SealedText<Schema>,
): z.output<Schema> | undefined {
  try {
    const json = keyRing.open(Buffer.from(sealed, "base64url"), context).toString();
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** Whether the challenge is the one of the verifier (RFC 7636, S256). */
export function matchesChallenge(codeVerifier: string, codeChallenge: string): boolean {
  return matchesDigest(codeVerifier, Buffer.from(codeChallenge, "base64url"));
}
