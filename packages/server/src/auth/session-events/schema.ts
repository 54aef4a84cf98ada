import { z } from "zod";

/** The input of `auth.onSessionChange`. */
export const sessionEventsInput = z
  .strictObject({
    lastEventId: z
      .string()
      .max(100)
      .meta({ description: "The id of the last event that arrived; what has changed since is told first" })
      .nullish(),
  })
  .optional();

/** The events of `auth.onSessionChange`. The first two are the last of their stream. */
export const sessionEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("revoked"),
    reason: z.enum([
      "logout",
      "logout_all",
      "revoked",
      "refresh_token_reused",
      "sign_in_code_reused",
      "password_changed",
      "password_reset",
      "email_change_undone",
      "address_proven",
      "account_disabled",
      "account_deleted",
      "ended_by_operator",
      "password_removed",
      "impersonation_ended",
    ]),
  }),
  z.object({ type: z.literal("expired") }),
  z.object({ type: z.literal("roles_changed"), roles: z.array(z.string()) }),
]);
