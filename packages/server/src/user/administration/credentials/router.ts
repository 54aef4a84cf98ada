import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { listIdentitiesOutput } from "../../../auth/identity/schema.ts";
import { listPasskeysOutput } from "../../../auth/passkey/schema.ts";
import { permissionProcedure, sudoProcedure } from "../../../rpc/procedures.ts";
import { listUserPasskeys, removeUserPasskey } from "../passkeys.ts";
import { createPasswordLink } from "../password-link.ts";
import {
  listOfUserInput,
  passwordLinkSchema,
  removePasskeyOfUserInput,
  requirePasswordChangeInput,
  secondFactorResetOutput,
  userIdInput,
} from "../schema.ts";
import { cancelFactorReset, resetSecondFactors } from "../second-factors.ts";
import { listUserIdentities, requirePasswordChange } from "../sessions.ts";

const tags = ["Administration"];

/** What operators and a support desk do with what other people sign in by. */
export const credentialsRouter = {
  listIdentities: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/{id}/identities",
        tags,
        summary: "List a user's linked providers",
        description: "The oldest first, as the user sees them at `GET /v1/auth/identities`.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(userIdInput)
    .output(listIdentitiesOutput)
    .query(({ ctx, input }) => listUserIdentities(ctx.deps, input.id)),

  resetSecondFactors: sudoProcedure
    .meta({
      permission: "user:reset_second_factors",
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/second-factors/reset",
        tags,
        summary: "Let the second factors of a user who lost them end",
        description:
          "They end after `MFA_RESET_DELAY_HOURS`, with the recovery codes and all sessions. The owner is told at once, and stops it by a proof of a second factor. A reset that is pending keeps its time.",
      },
      successStatus: 202,
      errors: ["NOT_FOUND", "FORBIDDEN", "SECOND_FACTOR_MISSING"],
      audit: ["user.second_factor_reset_requested"],
    })
    .input(userIdInput)
    .output(secondFactorResetOutput)
    .mutation(({ ctx, input }) => resetSecondFactors(ctx.deps, ctx.actor, input.id)),

  cancelSecondFactorReset: permissionProcedure("user:reset_second_factors")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/{id}/second-factors/reset",
        tags,
        summary: "Stop a pending reset of second factors",
        description: "The factors stay as they are.",
      },
      errors: ["NOT_FOUND"],
      audit: ["user.second_factor_reset_canceled"],
    })
    .input(userIdInput)
    .output(z.void())
    .mutation(({ ctx, input }) => cancelFactorReset(ctx.deps, ctx.actor, input.id)),

  listPasskeys: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/{id}/passkeys",
        tags,
        summary: "List a user's passkeys",
        description: "The newest first, as the user sees them at `GET /v1/auth/passkeys`.",
      },
      errors: ["NOT_FOUND"],
    })
    .input(listOfUserInput)
    .output(listPasskeysOutput)
    .query(({ ctx, input }) => listUserPasskeys(ctx.deps, input)),

  removePasskey: permissionProcedure("user:update")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/{id}/passkeys/{passkeyId}",
        tags,
        summary: "Remove a passkey of a user",
        description:
          "For a passkey that was lost or stolen, even if it is the user's last way in. The user is told by mail. Their sessions go on: end them too if somebody may have used the passkey. With the last passkey, passkeys end as a second factor.",
      },
      errors: ["NOT_FOUND"],
      audit: ["passkey.removed", "second_factor.removed"],
    })
    .input(removePasskeyOfUserInput)
    .output(z.void())
    .mutation(({ ctx, input }) => removeUserPasskey(ctx.deps, ctx.actor, input)),

  requirePasswordChange: permissionProcedure("user:update")
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/require-password-change",
        tags,
        summary: "Make a user choose another password",
        description:
          "Removes the password, ends the sessions, and mails a link to choose another password within seven days.",
      },
      errors: ["NOT_FOUND", "EMAIL_MISSING", "EMAIL_NOT_CONFIGURED", "REDIRECT_NOT_ALLOWED"],
      audit: ["password.removed", "session.revoked"],
    })
    .input(requirePasswordChangeInput)
    .output(z.void())
    .mutation(({ ctx, input }) => requirePasswordChange(ctx.deps, ctx.actor, input)),

  createPasswordLink: sudoProcedure
    .meta({
      permission: "user:recover",
      openapi: {
        method: "POST",
        path: "/v1/users/{id}/password-link",
        tags,
        summary: "Help the user of an account without an address back in",
        description:
          "Removes the password, ends the sessions, and returns a link to choose another password within seven days. Make sure who asks before you hand it out. Users who may do more than the caller cannot be helped by them.",
      },
      successStatus: 201,
      errors: ["NOT_FOUND", "FORBIDDEN", "EMAIL_PRESENT", "ANONYMOUS_ACCOUNT"],
      audit: ["password.removed", "password.link_created", "session.revoked"],
    })
    .input(userIdInput)
    .output(passwordLinkSchema)
    .mutation(({ ctx, input }) => createPasswordLink(ctx.deps, ctx.actor, input.id)),
} satisfies TRPCRouterRecord;
