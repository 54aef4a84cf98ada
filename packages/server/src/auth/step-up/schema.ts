import { z } from "zod";
import { exactlyOneOf } from "../../schema/exactly-one-of.ts";
import { recoveryCodeSchema, totpCodeSchema } from "../mfa/schema.ts";
import { linkTokenSchema } from "../one-time-token/schema.ts";
import { assertionSchema } from "../passkey/schema.ts";
import { presentedPasswordSchema } from "../password/schema.ts";
import { lastAuthenticationFields } from "../session/schema.ts";

/** The input of `auth.sudo`: a field for each of `stepUpMethods`, and a recovery code in place of `otp`. */
export const sudoInput = exactlyOneOf({
  password: presentedPasswordSchema,
  code: totpCodeSchema,
  recoveryCode: recoveryCodeSchema,
  magicLinkToken: linkTokenSchema,
  passkey: assertionSchema,
});

/** The output of `auth.sudo`. */
export const sudoOutput = z.object(lastAuthenticationFields);
