import { z } from "zod";
import { describeDeviceInput } from "../device/schema.ts";
import { text } from "../schema/text.ts";
import { emailSchema, profileFields, userSchema } from "../user/schema.ts";
import { newPasswordSchema, presentedPasswordSchema } from "./password/schema.ts";
import { currentSessionSchema, sessionTokensSchema } from "./session/schema.ts";

/** The input of `auth.register`. */
export const registerInput = z.strictObject({
  email: emailSchema,
  password: newPasswordSchema,
  ...profileFields,
  device: describeDeviceInput.optional(),
});

/** The output of `auth.register`. */
export const registerOutput = z.object({ user: userSchema, session: sessionTokensSchema });

const signInFields = {
  remember: z
    .boolean()
    .default(true)
    .meta({ description: "false for a session that ends when it is not used for a while, by default a day" }),
  device: describeDeviceInput.optional(),
};

/** What proves who signs in with a password. */
export const credentialsSchema = z.strictObject({
  identifier: text({ max: 254 }).meta({ description: "Email address or username", examples: ["ada@example.com"] }),
  password: presentedPasswordSchema,
});

/** The input of `auth.login`. */
export const loginInput = credentialsSchema.extend(signInFields);

/** The input of `auth.token`; the credentials come in the `Authorization` header. */
export const tokenInput = z.strictObject(signInFields).optional();

/** The output of every way to sign in. */
export const signInOutput = z.object({
  status: z.literal("signed_in"),
  user: userSchema,
  session: sessionTokensSchema,
});

/** The output of `auth.refresh`. */
export const refreshOutput = z.object({ session: sessionTokensSchema });

/** The output of `auth.status`. */
export const statusOutput = z.object({ user: userSchema, session: currentSessionSchema });
