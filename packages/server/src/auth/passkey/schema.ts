import { z } from "zod";
import { pageInput, pageOf } from "../../schema/page.ts";
import { text } from "../../schema/text.ts";
import { timestampSchema } from "../../schema/timestamp.ts";
import { signInFields } from "../session/sign-in-schema.ts";

// The answers of authenticators are objects of WebAuthn, to which browsers add members: what is not read here is dropped.

/** Bytes in base64url without padding, as browsers write them. */
function bytes(maxLength: number) {
  return z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, "Must be base64url")
    .max(maxLength);
}

/** In base64url characters; a credential's id has at most 1023 bytes (WebAuthn, 7.1). */
const maxIdLength = 1364;
const maxClientDataLength = 8192;
const maxAuthenticatorDataLength = 4096;
const maxAttestationLength = 16_384;
const maxSignatureLength = 2048;
const maxHandleLength = 86;

const credentialFields = {
  id: bytes(maxIdLength),
  rawId: bytes(maxIdLength),
  type: z.literal("public-key"),
};

/** A new passkey, as `navigator.credentials.create()` returns it, by `toJSON()`. */
const registrationSchema = z
  .object({
    ...credentialFields,
    response: z.object({
      clientDataJSON: bytes(maxClientDataLength),
      attestationObject: bytes(maxAttestationLength),
      transports: z
        .array(z.string().regex(/^[a-z-]{1,32}$/))
        .max(10)
        .optional(),
    }),
  })
  .meta({ id: "PasskeyRegistration", description: "The `toJSON()` of what `navigator.credentials.create()` returns" });

/** The answer of a passkey, as `navigator.credentials.get()` returns it, by `toJSON()`. */
export const assertionSchema = z
  .object({
    ...credentialFields,
    response: z.object({
      clientDataJSON: bytes(maxClientDataLength),
      authenticatorData: bytes(maxAuthenticatorDataLength),
      signature: bytes(maxSignatureLength),
      userHandle: bytes(maxHandleLength).nullish(),
    }),
  })
  .meta({ id: "PasskeyAssertion", description: "The `toJSON()` of what `navigator.credentials.get()` returns" });

const descriptorSchema = z.object({
  type: z.literal("public-key"),
  id: z.string(),
  transports: z.array(z.string()).optional(),
});

/** The output of `auth.passkeys.options`. */
export const creationOptionsSchema = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
    timeout: z.int().meta({ description: "Milliseconds for which the challenge may be answered" }),
    excludeCredentials: z.array(descriptorSchema),
    authenticatorSelection: z.object({
      residentKey: z.literal("required"),
      requireResidentKey: z.literal(true),
      userVerification: z.literal("required"),
    }),
    attestation: z.literal("none"),
  })
  .meta({
    id: "PasskeyCreationOptions",
    description: "Pass it to `PublicKeyCredential.parseCreationOptionsFromJSON()`",
  });

/** The output of `auth.passkeys.loginOptions`, and of options for other proofs. */
export const requestOptionsSchema = z
  .object({
    rpId: z.string(),
    challenge: z.string(),
    timeout: z.int().meta({ description: "Milliseconds for which the challenge may be answered" }),
    allowCredentials: z
      .array(descriptorSchema)
      .meta({ description: "Empty where the user may choose any passkey of the domain" }),
    userVerification: z.enum(["required", "preferred"]),
  })
  .meta({
    id: "PasskeyRequestOptions",
    description: "Pass it to `PublicKeyCredential.parseRequestOptionsFromJSON()`",
  });

const nameSchema = text({ max: 100 }).meta({ examples: ["Ada's phone"] });

/** A passkey as its owner sees it. */
export const passkeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    provider: z.string().nullable().meta({
      description: "Who keeps it, as it says itself, such as iCloud Keychain; null if that is not known",
    }),
    transports: z.array(z.string()).meta({ description: "How browsers reach it", examples: [["internal", "hybrid"]] }),
    backupEligible: z.boolean().meta({ description: "Whether it can be on several devices" }),
    backedUp: z.boolean().meta({ description: "Whether it was backed up when it was last used" }),
    createdAt: timestampSchema,
    lastUsedAt: timestampSchema.nullable(),
  })
  .meta({ id: "Passkey" });

/** The input of `auth.passkeys.create`. */
export const createPasskeyInput = z.strictObject({
  credential: registrationSchema,
  name: nameSchema.optional().meta({
    description: "Default: the name of the password manager that keeps it, or of the browser and system that added it",
  }),
});

/** The input of `auth.passkeys.list`. */
export const listPasskeysInput = z.strictObject(pageInput).prefault({});

/** The output of `auth.passkeys.list`. */
export const listPasskeysOutput = pageOf(passkeySchema);

/** The input of `auth.passkeys.update`. */
export const updatePasskeyInput = z.strictObject({ id: z.uuid(), name: nameSchema });

/** The input of `auth.passkeys.remove`. */
export const removePasskeyInput = z.strictObject({ id: z.uuid() });

/** The input of `auth.passkeys.login`. */
export const loginByPasskeyInput = z.strictObject({ credential: assertionSchema, ...signInFields });
