import { z } from "zod";
import { describeDeviceInput } from "../../device/schema.ts";
import { userSchema } from "../../user/schema.ts";
import { mfaRequiredSchema } from "../mfa/schema.ts";
import { sessionSchema } from "./schema.ts";

/** Where the tokens of a session are returned. */
export const transportSchema = z.enum(["body", "cookie"]).default("body").meta({
  description: "cookie for browser apps: the tokens are set as HttpOnly cookies, and are not in the answer",
});

/** The fields of a sign-in that follows a registration. */
export const firstSignInFields = { device: describeDeviceInput.optional(), transport: transportSchema };

/** The fields of a sign-in, apart from the credentials. */
export const signInFields = {
  remember: z
    .boolean()
    .default(true)
    .meta({ description: "false for a session that ends when it is not used for a while, by default a day" }),
  ...firstSignInFields,
};

/** What happened to the device that a sign-in named. */
export const deviceStatusSchema = z.enum(["linked", "linked_to_another_user"]).meta({
  description:
    "Left out where no device was named. linked_to_another_user: somebody else is signed in on the installation, so this session has no device, and the device gets no messages for its user. Send its deviceSecret to PUT /v1/devices/{installationId}, or another installationId",
});

/** The output of a sign-in that started a session. */
export const signedInSchema = z.object({
  status: z.literal("signed_in"),
  user: userSchema,
  session: sessionSchema,
  deviceStatus: deviceStatusSchema.optional(),
});

/** The output of every way to sign in: a session, or what is still to be proven before there is one. */
export const signInOutput = z.discriminatedUnion("status", [signedInSchema, mfaRequiredSchema]);
