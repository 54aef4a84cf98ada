import { z } from "zod";
import { readStoredHash, UnreadableHashError } from "../../crypto/imported-hashes/stored-hash.ts";
import { toE164 } from "../../delivery/sms/phone-number.ts";
import { text } from "../../schema/text.ts";
import { emailSchema, profileFields, roleSchema, userSchema } from "../schema.ts";

const maxHashCharacters = 2048;

/** Any format that can be verified here; the reason never repeats any of it. */
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

/** In UTC and within what every part of the system can hold. */
const momentSchema = z.iso
  .datetime({ offset: true, error: "Must be a date and time with its time zone, such as 2020-01-31T12:00:00Z" })
  .transform((moment) => new Date(moment).toISOString())
  .refine(
    (moment) => moment >= earliestMoment && moment <= new Date().toISOString(),
    `Must be ${earliestMoment} or later, and not in the future`,
  );

/** One user of an import. Fields that are missing or null are those of a new account. */
export const importedUserSchema = z
  .strictObject({
    // As the database answers it, so that one is the same as the other.
    id: userSchema.shape.id.toLowerCase().optional(),
    email: emailSchema,
    emailVerified: z.boolean().default(false),
    ...profileFields,
    phone: phoneSchema.optional(),
    phoneVerified: z.boolean().default(false),
    passwordHash: passwordHashSchema.optional(),
    status: userSchema.shape.status.default("active"),
    roles: z.array(roleSchema).default([]),
    createdAt: momentSchema.optional(),
  })
  .refine(({ phone, phoneVerified }) => phone !== undefined || !phoneVerified, {
    path: ["phoneVerified"],
    message: "Must be false without a phone",
  });

/** What a record of an import may hold, by name. */
export const importedFields = Object.keys(importedUserSchema.shape);
