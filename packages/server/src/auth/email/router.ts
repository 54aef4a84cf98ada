import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/index.ts";
import { authedProcedure, publicProcedure, sudoProcedure } from "../../rpc/procedures.ts";
import { changeEmailInput, emailTokenInput } from "./schema.ts";
import { requestChange, sendVerification, undoChange, verifyByLink } from "./service.ts";

const tags = ["Email address"];

/** The account's address: proven, changed, and changed back. */
export const emailRouter = {
  sendVerification: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/verification",
        tags,
        summary: "Have the link that proves the address sent again",
      },
      errors: ["TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
    })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => sendVerification(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip })),

  verify: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/verify",
        tags,
        summary: "Prove an address by the token of a link",
        description: "Takes the links of a registration and of a change of address.",
      },
      limits: [callLimits.redemption],
      errors: ["EMAIL_TOKEN_INVALID", "EMAIL_TAKEN", "TOO_MANY_REQUESTS"],
    })
    .input(emailTokenInput)
    .output(z.void())
    .mutation(({ ctx, input }) => verifyByLink(ctx.deps, input.token)),

  change: sudoProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/change",
        tags,
        summary: "Ask for another address",
        description: "It takes effect by the link that the new address is sent; the old one is told.",
      },
      errors: ["TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
    })
    .input(changeEmailInput)
    .output(z.void())
    .mutation(({ ctx, input }) => requestChange(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip }, input)),

  undoChange: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/email/undo-change",
        tags,
        summary: "Take the former address back by the token of a link",
        description: "The password and every session end, and the address is sent a link to choose another password.",
      },
      limits: [callLimits.redemption],
      errors: ["EMAIL_TOKEN_INVALID", "EMAIL_TAKEN", "TOO_MANY_REQUESTS"],
    })
    .input(emailTokenInput)
    .output(z.void())
    .mutation(({ ctx, input }) => undoChange(ctx.deps, input.token)),
} satisfies TRPCRouterRecord;
