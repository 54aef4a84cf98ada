import { z } from "zod";
import { exactlyOneOf } from "../../schema/exactly-one-of.ts";
import { timestampSchema } from "../../schema/timestamp.ts";
import { assertionSchema } from "../passkey/schema.ts";
import { signedInSchema, transportSchema } from "../session/sign-in-schema.ts";
import { challengeSchema, emailCodeSchema, recoveryCodeSchema, totpCodeSchema } from "./schema.ts";

/** The input of `auth.mfa.verify`: the challenge of the sign-in, and a second factor. */
export const verifyInput = exactlyOneOf(
  { code: totpCodeSchema, passkey: assertionSchema, emailCode: emailCodeSchema, recoveryCode: recoveryCodeSchema },
  {
    challenge: challengeSchema,
    transport: transportSchema,
    trustDevice: z.boolean().default(false).meta({
      description:
        "Whether sign-ins on the device take no second factor for a while (`MFA_TRUSTED_DEVICE_DAYS`). Only a device that the sign-in named with its `deviceSecret` is trusted; `deviceTrustedUntil` in the answer says whether it is",
    }),
  },
);

/** The output of `auth.mfa.verify`. */
export const verifyOutput = signedInSchema.extend({
  deviceTrustedUntil: timestampSchema.nullable().optional().meta({
    description:
      "Left out unless the call asked to trust the device. null: it is not trusted, because the sign-in named no device with its secret, the device is somebody else's, or the server trusts none",
  }),
});
