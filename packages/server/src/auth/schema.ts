import { z } from "zod";
import { text } from "../schema/text.ts";
import { emailSchema, profileFields, userSchema } from "../user/schema.ts";
import { newPasswordSchema, presentedPasswordSchema } from "./password/schema.ts";
import { currentSessionSchema, sessionSchema } from "./session/schema.ts";
import { firstSignInFields, signInFields, signInOutput } from "./session/sign-in-schema.ts";

/** The input of `auth.register`. */
export const registerInput = z.strictObject({
  email: emailSchema,
  password: newPasswordSchema,
  ...profileFields,
  ...firstSignInFields,
});

/** What proves who signs in with a password. */
export const credentialsSchema = z.strictObject({
  identifier: text({ max: 254 }).meta({ description: "Email address or username", examples: ["ada@example.com"] }),
  password: presentedPasswordSchema,
});

/** The input of `auth.login`. */
export const loginInput = credentialsSchema.extend(signInFields);

/** The input of `auth.token`; the credentials come in the `Authorization` header. */
export const tokenInput = z.strictObject(signInFields).optional();

/** The output of `auth.register`; which of the two it is depends on `REGISTRATION_MODE` alone. */
export const registerOutput = z.discriminatedUnion("status", [
  signInOutput,
  z.object({
    status: z.literal("verification_sent").meta({ description: "Sign in after opening the link in the mail" }),
  }),
]);

/** The output of `auth.refresh`. */
export const refreshOutput = z.object({ session: sessionSchema });

/** The output of `auth.status`. */
export const statusOutput = z.object({ user: userSchema, session: currentSessionSchema });
