import { z } from "zod";
import { maxPasswordCharacters, passwordRefusalWords } from "../../password-refusal.ts";
import { timestampSchema } from "../../schema/timestamp.ts";
import { emailSchema } from "../../user/schema.ts";
import { linkRedirectSchema, linkTokenSchema, mailRedirectSchema } from "../one-time-token/schema.ts";
import { dialledCountrySchema, typedPhoneSchema } from "../phone/schema.ts";

/** The least value of `PASSWORD_MIN_CHARACTERS` (NIST SP 800-63B-4, 3.1.1.2). */
const leastMinPasswordCharacters = 8;
/** UTF-16 code units that become one character in NFC at most: three code points of two units each. */
const maxUnitsPerCharacter = 6;

// Neither of these texts depends on the setting.
const words = passwordRefusalWords("en", { minCharacters: leastMinPasswordCharacters });
const refusedFor = (reason: "too_long" | "malformed") => ({ error: words[reason], params: { reason } });

/** Checks the length in code units first, since normalizing takes quadratic time. */
const anyPassword = z
  .string()
  .refine((value) => value.length <= maxPasswordCharacters * maxUnitsPerCharacter, {
    ...refusedFor("too_long"),
    abort: true,
  })
  .refine((value) => value.isWellFormed() && !value.includes("\0"), refusedFor("malformed"))
  .refine((value) => countCharacters(value) <= maxPasswordCharacters, refusedFor("too_long"));

/**
 * A new password: any script, no composition rules (NIST SP 800-63B-4). The policy checks that it is long enough and hard to
 * guess.
 */
export const newPasswordSchema = anyPassword.meta({
  format: "password",
  description: "At least as many characters as the operator asks for (PASSWORD_MIN_CHARACTERS), and hard to guess",
  minLength: leastMinPasswordCharacters,
  maxLength: maxPasswordCharacters,
});

/** A presented password, which may be older than the rules for new ones. */
export const presentedPasswordSchema = anyPassword
  .refine((value) => value !== "", "Must not be empty")
  .meta({ format: "password", minLength: 1, maxLength: maxPasswordCharacters });

/** The input of `auth.password.change`. */
export const changePasswordInput = z.strictObject({
  currentPassword: presentedPasswordSchema
    .optional()
    .meta({ format: "password", description: "Required unless the account has no password" }),
  newPassword: newPasswordSchema,
});

/** The input of `auth.password.forgot`. */
export const forgotPasswordInput = z.strictObject({ email: emailSchema, redirectTo: mailRedirectSchema });

/** The input of `auth.password.sendCode`. */
export const sendRecoveryCodeInput = z.strictObject({ phone: typedPhoneSchema, country: dialledCountrySchema });

const recoverySecretSchema = z
  .string()
  .meta({ description: "The secret that resets the password together with the code", examples: ["q3N0…"] });

/** The output of `auth.password.sendCode`. */
export const recoveryCodeOutput = z
  .object({
    status: z.literal("code_sent").meta({ description: "Send the code to `POST /v1/auth/password/reset/code`" }),
    recovery: recoverySecretSchema,
    expiresAt: timestampSchema.meta({ description: "When the code stops working" }),
  })
  .meta({ id: "RecoveryCodeSent" });

/** The input of `auth.password.resetByCode`. The forms are not checked: a malformed code is rejected like a wrong one. */
export const resetByCodeInput = z.strictObject({
  recovery: recoverySecretSchema,
  code: z.string().meta({ description: "Six digits", examples: ["012345"] }),
  password: newPasswordSchema,
});

/** The input of `auth.password.reset`. */
export const resetPasswordInput = z.strictObject({ token: linkTokenSchema, password: newPasswordSchema });

/** The input of `auth.password.inspect`. */
export const resetTokenInput = z.strictObject({ token: linkTokenSchema });

/** The output of `auth.password.inspect`. */
export const resetLinkSchema = z
  .object({
    email: z.string().nullable().meta({
      description: "The email address of the account, to which the link was sent; null for an account without one",
    }),
    identifier: z.string().meta({
      description: "What the user signs in with: the address, or else the username or the telephone number",
    }),
    redirectTo: linkRedirectSchema,
  })
  .meta({ id: "ResetLink" });

/** Counts code points of the hashed form (NFC), so that neither an emoji nor a separate accent counts twice. */
export function countCharacters(value: string): number {
  return [...value.normalize("NFC")].length;
}
