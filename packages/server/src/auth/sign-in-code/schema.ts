import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";
import { signInFields } from "../session/sign-in-schema.ts";

/** The app's code challenge (RFC 7636, 4.2): the SHA-256 of its verifier in base64url. Only the method S256 is accepted. */
export const codeChallengeSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "Must be the SHA-256 of the verifier in base64url, 43 characters")
  .meta({
    description: "SHA-256 of the code verifier in base64url (RFC 7636, S256)",
    examples: ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
  });

/** The app's code verifier (RFC 7636, 4.1). */
export const codeVerifierSchema = z
  .string()
  .regex(/^[A-Za-z0-9\-._~]{43,128}$/, "Must be 43 to 128 characters of A-Z, a-z, 0-9, -, ., _ and ~")
  .meta({
    description: "The text whose SHA-256 the code challenge is (RFC 7636)",
    examples: ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"],
  });

/** An address at which a sign-in continues. Services check it against `ALLOWED_REDIRECTS`. */
export const redirectToSchema = z.string().meta({
  description: "Where the sign-in continues: an address that ALLOWED_REDIRECTS of the server allows",
  examples: ["https://app.example.com/signed-in"],
});

/** The input of `auth.signInCode.create`. */
export const createSignInCodeInput = z.strictObject({
  redirectTo: redirectToSchema,
  codeChallenge: codeChallengeSchema,
  refreshToken: z
    .string()
    .optional()
    .meta({ description: "The session's current refresh token; left out where it is in the cookie" }),
});

/** The output of `auth.signInCode.create`. */
export const createSignInCodeOutput = z
  .object({
    redirectTo: z
      .url()
      .meta({ description: "The address with the code as its parameter `code`: send the browser there" }),
    expiresAt: timestampSchema,
  })
  .meta({ id: "SignInCode" });

/** The input of `auth.signInCode.exchange`. The code may be any text: a malformed one is refused like a wrong one. */
export const exchangeSignInCodeInput = z.strictObject({
  code: z.string().meta({ description: "The parameter `code` of the address", examples: ["q3N0…"] }),
  codeVerifier: codeVerifierSchema,
  ...signInFields,
});
