import { z } from "zod";
import { readStoredHash, UnreadableHashError } from "../../crypto/imported-hashes/stored-hash.ts";
import { toE164 } from "../../delivery/sms/phone-number.ts";
import { roleNameSchema } from "../../role/schema.ts";
import { text } from "../../schema/text.ts";
import { emailSchema, profileFields, userSchema } from "../schema.ts";

const maxHashCharacters = 2048;

/** A hash in any format that this server can verify. The message of an issue never quotes the hash. */
const passwordHashSchema = text({ max: maxHashCharacters }).superRefine((hash, ctx) => {
  try {
    readStoredHash(hash);
  } catch (error) {
    if (!(error instanceof UnreadableHashError)) throw error;
    ctx.addIssue({ code: "custom", message: `The hash ${error.message}` });
  }
});

const phoneSchema = text({ max: 40 }).transform((number, ctx) => {
  const e164 = toE164(number);
  if (e164 !== undefined) return e164;
  ctx.addIssue({ code: "custom", message: "Must be a telephone number with its country code, such as +34600000000" });
  return z.NEVER;
});

const earliestMoment = "1900-01-01";

/** A timestamp in the range that every part of the system can store, converted to UTC. */
const momentSchema = z.iso
  .datetime({ offset: true, error: "Must be a date and time with its time zone, such as 2020-01-31T12:00:00Z" })
  .transform((moment) => new Date(moment).toISOString())
  .refine(
    (moment) => moment >= earliestMoment && moment <= new Date().toISOString(),
    `Must be ${earliestMoment} or later, and not in the future`,
  );

/** One user of an import. A missing or null field gets the value that a new account has. */
export const importedUserSchema = z
  .strictObject({
    // In lower case, as the database returns it, so that ids can be compared as text.
    id: userSchema.shape.id.toLowerCase().optional(),
    /** Optional where accounts can be registered by a username: {@link prepareBatches} checks that. */
    email: emailSchema.optional(),
    emailVerified: z.boolean().default(false),
    ...profileFields,
    phone: phoneSchema.optional(),
    phoneVerified: z.boolean().default(false),
    passwordHash: passwordHashSchema.optional(),
    status: userSchema.shape.status.default("active"),
    roles: z.array(roleNameSchema).max(20).default([]),
    createdAt: momentSchema.optional(),
  })
  .refine(({ phone, phoneVerified }) => phone !== undefined || !phoneVerified, {
    path: ["phoneVerified"],
    message: "Must be false without a phone",
  })
  .refine(({ email, emailVerified }) => email !== undefined || !emailVerified, {
    path: ["emailVerified"],
    message: "Must be false without an email",
  });

/** The names of the fields that a record of an import may have. */
export const importedFields = Object.keys(importedUserSchema.shape);
