import { z } from "zod";
import { text } from "../schema/text.ts";
import { timestampSchema } from "../schema/timestamp.ts";
import { emailSchema, profileFields, userSchema } from "../user/schema.ts";
import { mailRedirectSchema } from "./one-time-token/schema.ts";
import { newPasswordSchema, presentedPasswordSchema } from "./password/schema.ts";
import { dialledCountrySchema, typedPhoneSchema } from "./phone/schema.ts";
import { currentSessionSchema, sessionSchema } from "./session/schema.ts";
import { firstSignInFields, signedInSchema, signInFields } from "./session/sign-in-schema.ts";

/** The input of `auth.register`. */
export const registerInput = z
  .strictObject({
    email: emailSchema.optional().meta({
      description:
        "Unique without regard to case and to Unicode form. Required, unless the server lets people register by a username (`REGISTRATION_IDENTIFIERS`); refused where it lets them register by nothing else",
    }),
    phone: typedPhoneSchema.optional().meta({
      description:
        "E.164, or as dialled within `country`. Where the server lets people register by a number: it is sent a code, which `POST /v1/auth/register/confirm` takes. Not together with an address",
    }),
    country: dialledCountrySchema,
    password: newPasswordSchema,
    ...profileFields,
    ...firstSignInFields,
    redirectTo: mailRedirectSchema,
  })
  .meta({ examples: [{ email: "ada@example.com", password: "tolerant gravel nocturne", givenName: "Ada" }] });

const registrationSecretSchema = z.string().meta({
  description: "What the registration answered: a secret, which confirms it together with the code",
  examples: ["q3N0…"],
});

/** The input of `auth.confirmRegistration`. The form is not checked: a malformed secret or code is rejected like a wrong one. */
export const confirmRegistrationInput = z.strictObject({
  registration: registrationSecretSchema,
  code: z.string().meta({ description: "Six digits", examples: ["012345"] }),
  ...firstSignInFields,
});

/** The input of `auth.resendRegistrationCode`. */
export const resendRegistrationCodeInput = z.strictObject({ registration: registrationSecretSchema });

/** What proves who signs in with a password. */
export const credentialsSchema = z.strictObject({
  identifier: text({ max: 254 }).meta({
    description: "Email address, username, or proven telephone number with its country code",
    examples: ["ada@example.com", "+34 600 00 00 00"],
  }),
  password: presentedPasswordSchema,
});

/** The input of `auth.login`. */
export const loginInput = credentialsSchema
  .extend(signInFields)
  .meta({ examples: [{ identifier: "ada@example.com", password: "tolerant gravel nocturne" }] });

/** The input of `auth.token`; the credentials come in the `Authorization` header. */
export const tokenInput = z.strictObject(signInFields).optional();

const registeredSchema = signedInSchema.extend({
  recovery: z.enum(["email", "sms", "none"]).meta({
    description:
      "How the user can get back in without the password: email by a link, sms by a code to the number, none not at all. An account with a username alone has none until an address is added at `POST /v1/auth/email/change`",
  }),
});

/** The output of `auth.resendRegistrationCode`, and of `auth.register` for a telephone number. */
export const codeSentSchema = z.object({
  status: z.literal("code_sent").meta({ description: "Send the code to `POST /v1/auth/register/confirm`" }),
  registration: registrationSecretSchema,
  expiresAt: timestampSchema.meta({
    description: "When the code stops working. `POST /v1/auth/register/resend` sends another, for an hour",
  }),
});

/** The output of `auth.register`; which it is depends on `REGISTRATION_MODE` and on the identifier, never on whether that is taken. */
export const registerOutput = z.discriminatedUnion("status", [
  registeredSchema,
  z.object({
    status: z.literal("verification_sent").meta({ description: "Sign in after opening the link in the mail" }),
  }),
  codeSentSchema,
]);

/** The output of `auth.confirmRegistration`. */
export const confirmRegistrationOutput = registeredSchema;

/** The output of `auth.refresh`. */
export const refreshOutput = z.object({ session: sessionSchema });

/** The output of `auth.status`. */
export const statusOutput = z.object({ user: userSchema, session: currentSessionSchema });
