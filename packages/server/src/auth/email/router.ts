import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { findCaller } from "../../rpc/credential.ts";
import { authedProcedure, publicProcedure, sudoProcedure } from "../../rpc/procedures.ts";
import { inspectLink } from "./inspect.ts";
import {
  changeEmailInput,
  emailTokenInput,
  linkOriginSchema,
  sendVerificationInput,
  verifyEmailInput,
} from "./schema.ts";
import { requestChange, sendVerification, undoChange } from "./service.ts";
import { setUpEvents } from "./set-up.ts";
import { verifyByLink } from "./verify.ts";

const tags = ["Email address"];

/** Proving the account's address, changing it, and undoing a change. */
export const emailRouter = {
  sendVerification: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/verification",
        tags,
        summary: "Have the link that proves the address sent again",
        description: "For an address that is not proven yet. Repeated mails wait for their turn.",
      },
      secondFactor: "exempt",
      errors: ["EMAIL_MISSING", "REDIRECT_NOT_ALLOWED", "TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
      audit: ["email.verification_requested"],
    })
    .input(sendVerificationInput)
    .output(z.void())
    .mutation(({ ctx, input }) => sendVerification(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip }, input)),

  verify: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/verify",
        tags,
        summary: "Prove an address by the token of a link",
        description:
          "Takes the links of a registration and of a change of address. `requestedBy` says whether the reader is who registered or asked for the change: `me` keeps their sessions; `somebody_else` ends every session, the password and whatever else was set up, and has a link to choose a password sent, or leaves the account as it was where a change was asked for. Where it is missing, and the call is not signed in to the account, a change of address is refused with `INVALID_INPUT`, and the link still works; at a registration sessions go on until a new password or a link to sign in settles whose account it is. API keys, linked devices and pending changes from before the first proof end in any case.",
      },
      limits: [callLimits.redemption],
      errors: ["EMAIL_TOKEN_INVALID", "EMAIL_TAKEN", "TOO_MANY_REQUESTS"],
      audit: ["user.email_verified", "user.email_changed", "user.created", ...setUpEvents],
    })
    .input(verifyEmailInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => verifyByLink(ctx.deps, { ...input, reader: await findCaller(ctx) })),

  inspect: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/verify/inspect",
        tags,
        summary: "See who registered, or asked for a change of address, by the token of a link",
        description:
          "For the page behind the link, which asks its reader whether that was them. It takes nothing: the link still works.",
      },
      limits: [callLimits.redemption],
      errors: ["EMAIL_TOKEN_INVALID", "TOO_MANY_REQUESTS"],
      audit: { none: "It only reads." },
    })
    .input(emailTokenInput)
    .output(linkOriginSchema)
    .mutation(({ ctx, input }) => inspectLink(ctx.deps, input.token)),

  change: sudoProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/change",
        tags,
        summary: "Ask for another address, or for the first one",
        description: "It takes effect by the link that the new address is sent; the old one, if there is one, is told.",
      },
      errors: ["REDIRECT_NOT_ALLOWED", "TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
      audit: ["email.change_requested"],
    })
    .input(changeEmailInput)
    .output(z.void())
    .mutation(({ ctx, input }) => requestChange(ctx.deps, { actor: ctx.actor, ...ctx.request }, input)),

  undoChange: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/undo-change",
        tags,
        summary: "Take the former address back by the token of a link",
        description:
          "The password, every session, API key and linked device end, and a telephone number that was proven since the change; the address is sent a link to choose another password.",
      },
      limits: [callLimits.redemption],
      errors: ["EMAIL_TOKEN_INVALID", "EMAIL_TAKEN", "TOO_MANY_REQUESTS"],
      audit: ["user.email_changed", ...setUpEvents],
    })
    .input(emailTokenInput)
    .output(z.void())
    .mutation(({ ctx, input }) => undoChange(ctx.deps, input.token)),
} satisfies TRPCRouterRecord;
