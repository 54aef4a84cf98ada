import { z } from "zod";
import { emailSchema } from "../../user/schema.ts";
import { linkTokenSchema } from "../one-time-token/schema.ts";
import { signInFields } from "../session/sign-in-schema.ts";

/** The input of `auth.magicLink.send`. */
export const sendMagicLinkInput = z.strictObject({ email: emailSchema });

/** The input of `auth.magicLink.verify`. */
export const verifyMagicLinkInput = z.strictObject({ token: linkTokenSchema, ...signInFields });
