import { z } from "zod";
import { emailSchema, profileFields, userSchema } from "../../user/schema.ts";
import { mailRedirectSchema } from "../one-time-token/schema.ts";
import { newPasswordSchema } from "../password/schema.ts";
import { dialledCountrySchema, typedPhoneSchema } from "../phone/schema.ts";
import { codeSentSchema } from "../schema.ts";
import { firstSignInFields } from "../session/sign-in-schema.ts";

/** The input of `auth.anonymous`. */
export const anonymousInput = z.strictObject(firstSignInFields).prefault({});

/** The input of `auth.upgrade`: as for a registration, but for the device, which stays. */
export const upgradeInput = z.strictObject({
  email: emailSchema.optional().meta({ description: "As for a registration" }),
  phone: typedPhoneSchema.optional().meta({ description: "As for a registration; it takes a password" }),
  country: dialledCountrySchema,
  password: newPasswordSchema.optional().meta({
    description: "Left out, the account gets the address by a link to it, and no password. Required without an address",
  }),
  ...profileFields,
  redirectTo: mailRedirectSchema,
});

/** The output of `auth.upgrade`. */
export const upgradeOutput = z.discriminatedUnion("status", [
  z.object({ status: z.literal("upgraded"), user: userSchema }),
  z.object({
    status: z.literal("verification_sent").meta({
      description:
        "The account stays anonymous until the link in the mail is opened; the answer does not tell whether the address is taken",
    }),
  }),
  codeSentSchema,
]);
