import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, publicProcedure } from "../../rpc/procedures.ts";
import { setUpEvents } from "../email/set-up.ts";
import { requestRecoveryCode, resetPasswordByCode } from "./by-code.ts";
import { changePassword } from "./change.ts";
import { inspectReset, resetPassword } from "./reset.ts";
import {
  changePasswordInput,
  forgotPasswordInput,
  recoveryCodeOutput,
  resetByCodeInput,
  resetLinkSchema,
  resetPasswordInput,
  resetTokenInput,
  sendRecoveryCodeInput,
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
      errors: [
        "CURRENT_PASSWORD_INVALID",
        "ANONYMOUS_ACCOUNT",
        "STEP_UP_REQUIRED",
        "PASSWORD_TOO_WEAK",
        "TOO_MANY_REQUESTS",
      ],
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
      errors: ["REDIRECT_NOT_ALLOWED", "TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
      audit: {
        none: "It changes nothing, and must not reveal by its time whether there is an account. The use of the link is recorded.",
      },
    })
    .input(forgotPasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => forgotPassword(ctx.deps, input, ctx.request.ip)),

  sendCode: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/password/code",
        tags,
        summary: "Have a code sent to choose another password",
        description:
          "For accounts that have a telephone number and no address, where accounts may be registered by numbers. Answers alike whether or not there is an account with the number.",
      },
      successStatus: 202,
      limits: [callLimits.recovery],
      errors: ["TOO_MANY_REQUESTS", "SMS_NOT_CONFIGURED"],
      audit: {
        none: "It changes no account, and must not reveal by its time whether there is one. The use of the code is recorded.",
      },
    })
    .input(sendRecoveryCodeInput)
    .output(recoveryCodeOutput)
    .mutation(({ ctx, input }) => requestRecoveryCode(ctx.deps, input, ctx.request.ip)),

  resetByCode: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/password/reset/code",
        tags,
        summary: "Choose another password by a code",
        description:
          "It ends every session, and signs nobody in: a sign-in takes the second factor as before. Five guesses end the code.",
      },
      limits: [callLimits.redemption],
      errors: ["PHONE_CODE_INVALID", "PASSWORD_TOO_WEAK", "TOO_MANY_REQUESTS"],
      audit: ["password.reset", "session.revoked"],
    })
    .input(resetByCodeInput)
    .output(z.void())
    .mutation(({ ctx, input }) => resetPasswordByCode(ctx.deps, input)),

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
          "It ends every session, and proves the address; a link that an operator handed out, for an account without an address, proves none. Unless somebody vouched for the account, API keys, linked devices and whatever else was set up before end too.",
      },
      limits: [callLimits.redemption],
      errors: ["PASSWORD_RESET_TOKEN_INVALID", "PASSWORD_TOO_WEAK", "TOO_MANY_REQUESTS"],
      audit: ["password.reset", "user.email_verified", ...setUpEvents],
    })
    .input(resetPasswordInput)
    .output(z.void())
    .mutation(({ ctx, input }) => resetPassword(ctx.deps, input)),
} satisfies TRPCRouterRecord;
