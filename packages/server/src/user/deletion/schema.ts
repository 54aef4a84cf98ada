import { z } from "zod";
import { linkRedirectSchema, linkTokenSchema, mailRedirectSchema } from "../../auth/one-time-token/schema.ts";

/** The input of `user.delete`. */
export const deleteAccountInput = z.strictObject({ redirectTo: mailRedirectSchema }).prefault({});

/** The input of `user.undoDeletion`. */
export const undoDeletionInput = z.strictObject({ token: linkTokenSchema });

/** The output of `user.undoDeletion`. */
export const undoDeletionOutput = z.object({ redirectTo: linkRedirectSchema });
