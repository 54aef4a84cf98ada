import { z } from "zod";
import { personalFields } from "../../audit/schema.ts";
import { pageInput, pageOf } from "../../schema/page.ts";
import { timestampSchema } from "../../schema/timestamp.ts";

/** An event as the user sees it whose account it is about. */
const securityEventSchema = z
  .object({
    id: z.uuid(),
    at: timestampSchema,
    action: z.string().meta({ examples: ["session.created"] }),
    by: z.enum(["you", "administrator", "somebody", "system"]).meta({
      description:
        "`somebody` was not signed in, such as the reader of a mail. What is `null` is not told of administrators.",
    }),
    ...personalFields,
  })
  .meta({ id: "SecurityEvent" });

/** The input of `auth.securityEvents.list`. */
export const listSecurityEventsInput = z.strictObject(pageInput).prefault({});

/** The output of `auth.securityEvents.list`. */
export const listSecurityEventsOutput = pageOf(securityEventSchema);
