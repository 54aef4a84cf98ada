import { domainToASCII } from "node:url";
import { z } from "zod";
import { localeSchema, timeZoneSchema } from "../schema/locale.ts";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { metadataSchema } from "./metadata/schema.ts";

const maxEmailCharacters = 254;

/**
 * An email address within the limits of RFC 5321 and RFC 6531; characters outside ASCII are allowed. Its NFKC form must be
 * valid too, because NFKC turns a full-width @ into an @.
 */
export const emailSchema = text({ max: maxEmailCharacters })
  .refine((value) => isEmail(value) && isEmail(value.normalize("NFKC")), "Must be an email address")
  .meta({
    description: "Unique without regard to case and to Unicode form",
    format: "email",
    examples: ["ada@example.com"],
  })
  .transform((value) => value.normalize("NFC"));

function isEmail(value: string): boolean {
  const [, local = "", domain = ""] =
    /^([^\s@"<>()[\],;:\\]{1,64})@([^\s@/?#\\%:;,"<>()[\]{}|^`]{1,253})$/u.exec(value) ?? [];
  // domainToASCII drops everything from a delimiter on and decodes %XX, so it can turn invalid text into a valid host. The
  // pattern above rejects those characters.
  const ascii = domainToASCII(domain);
  const isDomain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(ascii);
  return isDomain && !/^\.|\.\.|\.$/.test(local);
}

/** A username has no `@`, so that it never looks like an address. */
const usernameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{1,30})[A-Za-z0-9]$/,
    "Must be 3 to 32 letters, digits, dots, dashes or underscores",
  )
  .meta({ description: "Unique without regard to case", examples: ["ada"] });

const nameSchema = text({ max: 100 }).meta({ examples: ["Ada"] });

const earliestBirthDate = "1900-01-01";

/** A calendar date, not a moment: it has no time zone. */
const birthDateSchema = z.iso
  .date()
  .refine((date) => date >= earliestBirthDate, `Must be ${earliestBirthDate} or later`)
  .refine((date) => date <= new Date().toISOString().slice(0, 10), "Must not be in the future")
  .meta({ examples: ["1990-12-10"] });

/** The profile fields, which users set at registration and change later. */
export const profileFields = {
  username: usernameSchema.optional(),
  givenName: nameSchema.optional(),
  familyName: nameSchema.optional(),
  birthDate: birthDateSchema.optional(),
  locale: localeSchema.optional(),
  timeZone: timeZoneSchema.optional(),
};

/** A user as the API returns it. */
export const userSchema = z
  .object({
    id: z.uuid(),
    email: z
      .string()
      .nullable()
      .meta({
        examples: ["ada@example.com"],
        description: "null for an account that has only a username or a telephone number, and for an anonymous one",
      }),
    emailVerified: z.boolean().meta({ description: "Whether somebody proved to read mail sent to the address" }),
    username: z
      .string()
      .nullable()
      .meta({ examples: ["ada"] }),
    givenName: z
      .string()
      .nullable()
      .meta({ examples: ["Ada"] }),
    familyName: z
      .string()
      .nullable()
      .meta({ examples: ["Lovelace"] }),
    birthDate: z.iso
      .date()
      .nullable()
      .meta({ description: "A calendar date, not a moment", examples: ["1990-12-10"] }),
    locale: z.string().meta({ description: "BCP 47; mails and pages are in this language", examples: ["en"] }),
    timeZone: z
      .string()
      .nullable()
      .meta({ description: "A name of the IANA database", examples: ["Europe/Madrid"] }),
    phone: z
      .string()
      .nullable()
      .meta({ description: "E.164", examples: ["+34600000000"] }),
    phoneVerified: z.boolean().meta({
      description: "Whether the user proved to read messages sent to the number, or an operator vouched for that",
    }),
    isAnonymous: z
      .boolean()
      .meta({ description: "Whether the account has no identifier; `POST /v1/auth/anonymous/upgrade` gives it one" }),
    avatarUrl: z.url().nullable().meta({
      description: "The picture, 256 pixels wide, as WebP; with `&size=64` a smaller one. Its content never changes",
    }),
    publicMetadata: z
      .record(z.string(), z.unknown())
      .meta({ description: "Data that the app defines and the user may change, so nothing to base permissions on" }),
    status: z.enum(["active", "deactivated", "disabled"]).meta({
      description: "deactivated by the user, disabled by an operator; neither may sign in",
    }),
    roles: z.array(z.string()).meta({
      description: "The roles given to the user, besides `user`, which everybody has",
      examples: [["support"]],
    }),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: "User" });

/** The fields that `user.update` changes. A missing field keeps its value, and null clears it. */
export const updateUserInput = z
  .strictObject({
    username: usernameSchema.nullable(),
    givenName: nameSchema.nullable(),
    familyName: nameSchema.nullable(),
    birthDate: birthDateSchema.nullable(),
    locale: localeSchema,
    timeZone: timeZoneSchema.nullable(),
    /** Replaced as a whole. */
    publicMetadata: metadataSchema,
  })
  .partial();
