import { z } from "zod";
import { text } from "../../schema/text.ts";
import { timestampSchema } from "../../schema/timestamp.ts";

/** What answers a challenge. */
const secondFactorMethodSchema = z.enum(["totp", "passkey", "email", "recovery_code"]).meta({
  description:
    "totp: a code of an authenticator app. passkey: a key of the account. email: a code by mail. recovery_code: one of the codes that were given out when the second factor was set up",
});

/** One of {@link secondFactorMethodSchema}. */
export type SecondFactorMethod = z.output<typeof secondFactorMethodSchema>;

/** The output of a sign-in whose account takes a second factor. */
export const mfaRequiredSchema = z
  .object({
    status: z.literal("mfa_required"),
    challenge: z
      .string()
      .meta({ description: "Send with the second factor to `POST /v1/auth/mfa/verify`; it works once" }),
    methods: z.array(secondFactorMethodSchema),
    expiresAt: timestampSchema.meta({ description: "Until when the challenge can be answered" }),
  })
  .meta({ id: "SecondFactorRequired" });

/** What a sign-in returned that takes a second factor. The form is not checked: a malformed one is rejected like a wrong one. */
export const challengeSchema = z.string().meta({ description: "Of the answer `mfa_required`", examples: ["q3N0…"] });

/** The code of an authenticator app. The form is not checked: a malformed code is rejected like a wrong one. */
export const totpCodeSchema = text({ max: 20 }).meta({ description: "Six digits", examples: ["492039"] });

/** The code of a mail. The form is not checked, as above. */
export const emailCodeSchema = text({ max: 20 }).meta({
  description: "Six digits, from the mail that `POST /v1/auth/mfa/send-code` sends",
  examples: ["207316"],
});

/** The input of `auth.mfa.sendCode` and `auth.mfa.passkeyOptions`. */
export const challengeInput = z.strictObject({ challenge: challengeSchema });

/** One of the account's recovery codes, in any case, with or without hyphens. */
export const recoveryCodeSchema = text({ max: 100 }).meta({
  description: "One of the recovery codes; hyphens, spaces and the case of letters do not matter",
  examples: ["7QK2M-9XWPA-D4T6H-3NRCV-8BYEZ"],
});

const recoveryCodesField = {
  recoveryCodes: z.array(z.string()).meta({
    description:
      "Ten codes, each of which replaces the second factor once. The server shows them only here. Empty where the account has had a second factor before: its codes go on working",
  }),
};

/** The output of `auth.mfa.totp.enrol`. */
export const enrolTotpOutput = z.object({
  secret: z.string().meta({ description: "In base 32 (RFC 4648), for people who type it" }),
  uri: z.string().meta({ description: "What an authenticator app reads: `otpauth://totp/…`" }),
  qrSvg: z.string().meta({ description: "The address as a QR code, an SVG image" }),
});

/** The input of `auth.mfa.totp.confirm`. */
export const confirmTotpInput = z.strictObject({ code: totpCodeSchema });

/** The output of the calls that set up a second factor, and of `auth.mfa.recoveryCodes`. */
export const recoveryCodesOutput = z.object(recoveryCodesField);

/** The output of `auth.mfa.status`. */
export const mfaStatusOutput = z.object({
  factors: z.array(z.enum(["totp", "passkey", "email"])).meta({
    description: "What a sign-in takes besides the first proof; empty if it takes nothing",
  }),
  recoveryCodesLeft: z.int(),
  required: z.boolean().meta({ description: "Whether one of the user's roles requires a second factor" }),
  resetAt: timestampSchema.nullable().meta({
    description:
      "When an operator's reset ends the second factors; null if none is pending. A proof of a factor stops it",
  }),
});
