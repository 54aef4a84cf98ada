import { z } from "zod";

/** In UTF-16 code units; bounds what hashing is asked to read. */
const maxPasswordCharacters = 256;
const minPasswordCharacters = 8;

const anyPassword = z
  .string()
  .max(maxPasswordCharacters)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "Must be well-formed Unicode without NUL");

/** A password that somebody chooses: 8 to 256 characters, any script, no composition rules (NIST SP 800-63B). */
export const newPasswordSchema = anyPassword.min(minPasswordCharacters).meta({ format: "password" });

/** A password that somebody claims; it may be older than the rules for new ones. */
export const presentedPasswordSchema = anyPassword.min(1).meta({ format: "password" });
