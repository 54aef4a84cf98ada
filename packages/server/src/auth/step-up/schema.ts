import { z } from "zod";
import { exactlyOneOf } from "../../schema/exactly-one-of.ts";
import { linkTokenSchema } from "../one-time-token/schema.ts";
import { presentedPasswordSchema } from "../password/schema.ts";
import { lastAuthenticationFields } from "../session/schema.ts";

/** The input of `auth.sudo`: a field for each of `stepUpMethods`. */
export const sudoInput = exactlyOneOf({
  password: presentedPasswordSchema,
  magicLinkToken: linkTokenSchema,
});

/** The output of `auth.sudo`. */
export const sudoOutput = z.object(lastAuthenticationFields);
