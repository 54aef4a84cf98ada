import { z } from "zod";
import { describeDeviceInput } from "../../device/schema.ts";
import { userSchema } from "../../user/schema.ts";
import { sessionTokensSchema } from "../session/schema.ts";

/** How somebody signs in, besides proving who they are. */
export const signInFields = {
  remember: z
    .boolean()
    .default(true)
    .meta({ description: "false for a session that ends when it is not used for a while, by default a day" }),
  device: describeDeviceInput.optional(),
};

/** The output of every way to sign in. */
export const signInOutput = z.object({
  status: z.literal("signed_in"),
  user: userSchema,
  session: sessionTokensSchema,
});
