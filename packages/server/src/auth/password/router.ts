import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, publicProcedure } from "../../rpc/procedures.ts";
import { setUpEvents } from "../email/set-up.ts";
import { changePassword } from "./change.ts";
import { inspectReset, resetPassword } from "./reset.ts";
import {
  changePasswordInput,
  forgotPasswordInput,
  resetLinkSchema,
  resetPasswordInput,
  resetTokenInput,
} from "./schema.ts";
import { forgotPassword } from "./service.ts";

const tags = ["Password"];

/** Changing a password by the old one, and resetting it by a link. */
export const passwordRouter = {
  change: authedProcedure
    .meta({
      openapi: {
        method: "PUT",
        path: "/v1/auth/password",
        tags,
        summary: "Change the password",
        description: "Takes the current password or, for an account that has none, a recent proof.",
      },
      limits: [callLimits.passwordProof],
      errors: ["CURRENT_PASSWORD_INVALID", "STEP_UP_REQUIRED", "PASSWORD_TOO_WEAK", "TOO_MANY_REQUESTS"],
      audit: ["password.changed", "session.revoked"],
    })
    .input(changePasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => changePassword(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip }, input)),

  forgot: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/password/forgot",
        tags,
        summary: "Have a link to choose another password sent",
        description: "Answers alike whether or not there is an account with the address.",
      },
      limits: [callLimits.recovery],
      errors: ["TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
      audit: {
        none: "It changes nothing, and must not reveal by its time whether there is an account. The use of the link is recorded.",
      },
    })
    .input(forgotPasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => forgotPassword(ctx.deps, input, ctx.request.ip)),

  inspect: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/password/reset/inspect",
        tags,
        summary: "See whose password the token of a link resets",
        description: "For the page behind the link, which says at once whether the link works. It takes nothing.",
      },
      limits: [callLimits.redemption],
      errors: ["PASSWORD_RESET_TOKEN_INVALID", "TOO_MANY_REQUESTS"],
      audit: { none: "It only reads." },
    })
    .input(resetTokenInput)
    .output(resetLinkSchema)
    .mutation(({ ctx, input }) => inspectReset(ctx.deps, input.token)),

  reset: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/password/reset",
        tags,
        summary: "Choose another password by the token of a link",
        description:
          "It proves the address, and ends every session. Unless somebody vouched for the account, API keys, linked devices and whatever else was set up before end too.",
      },
      limits: [callLimits.redemption],
      errors: ["PASSWORD_RESET_TOKEN_INVALID", "PASSWORD_TOO_WEAK", "TOO_MANY_REQUESTS"],
      audit: ["password.reset", "user.email_verified", ...setUpEvents],
    })
    .input(resetPasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => resetPassword(ctx.deps, input)),
} satisfies TRPCRouterRecord;
