import { z } from "zod";
import { emailSchema } from "../../user/schema.ts";
import { linkTokenSchema } from "../one-time-token/schema.ts";

/** The input of `auth.email.verify` and `auth.email.undoChange`. */
export const emailTokenInput = z.strictObject({ token: linkTokenSchema });

/** The input of `auth.email.change`. */
export const changeEmailInput = z.strictObject({ email: emailSchema });
