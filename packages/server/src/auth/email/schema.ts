import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";
import { emailSchema } from "../../user/schema.ts";
import { linkRedirectSchema, linkTokenSchema, mailRedirectSchema } from "../one-time-token/schema.ts";
import { namedVersionSchema } from "../session/list-schema.ts";

/** The input of `auth.email.undoChange` and `auth.email.inspect`. */
export const emailTokenInput = z.strictObject({ token: linkTokenSchema });

/** The input of `auth.email.verify`. */
export const verifyEmailInput = emailTokenInput.extend({
  requestedBy: z.enum(["me", "somebody_else"]).optional().meta({
    description:
      "Whose the sign-in was that `auth.email.inspect` shows, as the reader of the mail says. Default: `me` if the call is made signed in to the account, and otherwise not known, which a change of address does not take",
  }),
});

/** The output of `auth.email.inspect`. */
export const linkOriginSchema = z
  .object({
    purpose: z.enum(["verify_email", "confirm_email_change", "complete_registration"]).meta({
      description: "What the link does: prove the address of an account, give it another one, or make the account",
    }),
    email: z.string().meta({ description: "The email address that the link confirms, to which it was sent" }),
    requestedAt: timestampSchema.meta({ description: "When the account was registered, or the change asked for" }),
    browser: namedVersionSchema.nullable().meta({
      description: "As the user agent said; null for what is no browser, and where it is not known",
      examples: [{ name: "Firefox", version: "132.0" }],
    }),
    system: namedVersionSchema.nullable().meta({
      description: "As the user agent said, or null",
      examples: [{ name: "Windows", version: "10" }],
    }),
    ip: z.string().nullable().meta({ description: "The network address, or null where it is not known" }),
    redirectTo: linkRedirectSchema,
  })
  .meta({ id: "LinkOrigin" });

/** The input of `auth.email.change`. */
export const changeEmailInput = z.strictObject({ email: emailSchema, redirectTo: mailRedirectSchema });

/** The input of `auth.email.sendVerification`. */
export const sendVerificationInput = z.strictObject({ redirectTo: mailRedirectSchema }).optional();
