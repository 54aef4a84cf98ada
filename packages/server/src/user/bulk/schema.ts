import { z } from "zod";
import { text } from "../../schema/text.ts";
import { timestampSchema } from "../../schema/timestamp.ts";
import { userFilterSchema } from "../administration/schema.ts";

/** What can be done with many accounts. */
const bulkActionSchema = z.enum(["disable", "enable", "delete"]);

/** The most accounts that a call names: they fit into a body. */
const maxIds = 1000;

/** The input of `user.bulk`. */
export const bulkInput = z
  .strictObject({
    action: bulkActionSchema,
    ids: z.array(z.uuid()).min(1).max(maxIds).optional(),
    filter: userFilterSchema.optional().meta({ description: "As in the list of accounts; at least one field" }),
    reason: text({ max: 500 }).optional().meta({ description: "Why the accounts are disabled, which that requires" }),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), {
    path: ["ids"],
    message: "Send either ids or filter",
  })
  .refine(({ filter }) => filter === undefined || Object.values(filter).some((value) => value !== undefined), {
    path: ["filter"],
    message: "Must have at least one field, so that nobody changes every account by mistake",
  })
  .refine(({ action, reason }) => action !== "disable" || reason !== undefined, {
    path: ["reason"],
    message: "Must say why the accounts are disabled",
  });

/** The output of `user.bulk`. */
export const bulkOutput = z.object({ jobId: z.uuid() });

/** The input of `job.get`. */
export const jobInput = z.strictObject({ id: z.uuid() });

/** How far a job is. */
export const jobSchema = z
  .object({
    id: z.uuid(),
    action: bulkActionSchema,
    status: z.enum(["waiting", "running", "done", "stopped"]).meta({
      description: "`stopped`: the user who asked for it may not do that any more, so the rest was left as it is",
    }),
    stopReason: z.enum(["account_ended", "permission_lost", "session_ended", "api_key_revoked"]).nullable().meta({
      description:
        "Why it stopped: the user who asked for it was disabled or deleted, lost a permission, or their session or API key was ended. A logout stops nothing",
    }),
    total: z.int().meta({ description: "How many accounts it is about; 0 while it waits" }),
    done: z.int().meta({ description: "Those that are as wanted" }),
    refused: z
      .int()
      .meta({ description: "Those of users who may do more than the caller, and the last administrator" }),
    createdAt: timestampSchema,
    finishedAt: timestampSchema.nullable(),
  })
  .meta({ id: "Job" });
