import { z } from "zod";
import { emailSchema } from "../../user/schema.ts";
import { linkRedirectSchema, linkTokenSchema, mailRedirectSchema } from "../one-time-token/schema.ts";
import { signInFields } from "../session/sign-in-schema.ts";

/** The input of `auth.magicLink.send`. */
export const sendMagicLinkInput = z.strictObject({ email: emailSchema, redirectTo: mailRedirectSchema });

/** The input of `auth.magicLink.inspect`. */
export const inspectMagicLinkInput = z.strictObject({ token: linkTokenSchema });

/** The output of `auth.magicLink.inspect`. */
export const magicLinkSchema = z
  .object({
    email: z.string().meta({ description: "The email address of the account, to which the link was sent" }),
    redirectTo: linkRedirectSchema,
  })
  .meta({ id: "MagicLink" });

/** The input of `auth.magicLink.verify`. */
export const verifyMagicLinkInput = z.strictObject({ token: linkTokenSchema, ...signInFields });
