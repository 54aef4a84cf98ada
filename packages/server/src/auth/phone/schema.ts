import { z } from "zod";
import { text } from "../../schema/text.ts";

/** A telephone number as somebody types it. */
export const typedPhoneSchema = text({ max: 40 }).meta({
  description: "E.164, or as dialled within `country`",
  examples: ["+34600000000", "600 00 00 00"],
});

/** The country in which a number without its country code is dialled. */
export const dialledCountrySchema = z
  .string()
  .regex(/^[A-Z]{2}$/, "Must be two capital letters")
  .optional()
  .meta({ description: "ISO 3166-1 alpha-2", examples: ["ES"] });

/** The input of `auth.phone.sendCode`. */
export const sendPhoneCodeInput = z.strictObject({ phone: typedPhoneSchema, country: dialledCountrySchema });

/** The input of `auth.phone.verify`. The form is not checked: a malformed code is rejected like a wrong one. */
export const verifyPhoneInput = z.strictObject({
  code: z.string().meta({ description: "Six digits", examples: ["012345"] }),
});
