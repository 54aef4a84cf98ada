import { z } from "zod";
import { emailSchema } from "../../user/schema.ts";
import { linkTokenSchema } from "../one-time-token/schema.ts";

const minPasswordCharacters = 8;
/** Bounds what hashing is asked to read. */
const maxPasswordCharacters = 256;

const anyPassword = z
  .string()
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "Must be well-formed Unicode without NUL")
  .refine(
    (value) => countCharacters(value) <= maxPasswordCharacters,
    `Must be at most ${maxPasswordCharacters} characters`,
  );

/** A password that somebody chooses: 8 to 256 characters, any script, no composition rules (NIST SP 800-63B). */
export const newPasswordSchema = anyPassword
  .refine(
    (value) => countCharacters(value) >= minPasswordCharacters,
    `Must be at least ${minPasswordCharacters} characters`,
  )
  .meta({ format: "password", minLength: minPasswordCharacters, maxLength: maxPasswordCharacters });

/** A password that somebody claims; it may be older than the rules for new ones. */
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
export const forgotPasswordInput = z.strictObject({ email: emailSchema });

/** The input of `auth.password.reset`. */
export const resetPasswordInput = z.strictObject({ token: linkTokenSchema, password: newPasswordSchema });

/** In code points of the form that is hashed, so that neither an emoji nor a separate accent counts twice. */
function countCharacters(value: string): number {
  return [...value.normalize("NFC")].length;
}
