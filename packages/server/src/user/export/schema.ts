import { z } from "zod";

/** The output of `user.export`. */
export const exportOutput = z.object({
  sentTo: z
    .string()
    .meta({ description: "The address that gets the mail with the link", examples: ["ada@example.com"] }),
});

/** The body of a download. The form of the token is not checked: a malformed one is rejected like a wrong one. */
export const downloadInput = z.strictObject({ token: z.string() });
