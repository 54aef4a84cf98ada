import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { publicProcedure } from "../../rpc/procedures.ts";
import { setUpEvents } from "../email/set-up.ts";
import { signInOutput } from "../session/sign-in-schema.ts";
import { withTransport } from "../session/transport.ts";
import { inspectMagicLinkInput, magicLinkSchema, sendMagicLinkInput, verifyMagicLinkInput } from "./schema.ts";
import { inspectMagicLink, sendMagicLink, verifyMagicLink } from "./service.ts";

const tags = ["Authentication"];

/** Signing in by a link that is sent to the account's address. */
export const magicLinkRouter = {
  send: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/magic-link",
        tags,
        summary: "Have a link to sign in sent",
        description: "Answers alike whether or not there is an account with the address.",
      },
      limits: [callLimits.recovery],
      errors: ["REDIRECT_NOT_ALLOWED", "TOO_MANY_REQUESTS", "EMAIL_NOT_CONFIGURED"],
      audit: {
        none: "It changes nothing, and must not reveal by its time whether there is an account. The use of the link is recorded.",
      },
    })
    .input(sendMagicLinkInput)
    .output(z.void())
    .mutation(({ ctx, input }) => sendMagicLink(ctx.deps, input, ctx.request.ip)),

  inspect: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/magic-link/verify/inspect",
        tags,
        summary: "See which account the token of a link signs in to",
        description:
          "For the page behind the link, which says at once whether the link works, and whose account it is. It takes nothing.",
      },
      limits: [callLimits.redemption],
      errors: ["MAGIC_LINK_INVALID", "TOO_MANY_REQUESTS"],
      audit: { none: "It only reads." },
    })
    .input(inspectMagicLinkInput)
    .output(magicLinkSchema)
    .mutation(({ ctx, input }) => inspectMagicLink(ctx.deps, input.token)),

  verify: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/magic-link/verify",
        tags,
        summary: "Sign in by the token of a link",
        description:
          "It proves the address. Unless somebody vouched for the account, its password, sessions and whatever else was set up before end.",
      },
      limits: [callLimits.redemption],
      errors: ["MAGIC_LINK_INVALID", "ACCOUNT_DISABLED", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      audit: ["session.created", "user.email_verified", "device.linked", ...setUpEvents],
    })
    .input(verifyMagicLinkInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { token, transport, ...how } }) =>
      withTransport(ctx.cookies, transport, () => verifyMagicLink(ctx.deps, token, { ...how, origin: ctx.request })),
    ),
} satisfies TRPCRouterRecord;
