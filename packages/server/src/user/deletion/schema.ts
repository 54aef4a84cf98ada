import { z } from "zod";
import { linkTokenSchema } from "../../auth/one-time-token/schema.ts";

/** The input of `user.undoDeletion`. */
export const undoDeletionInput = z.strictObject({ token: linkTokenSchema });
