import type { TRPCRouterRecord } from "@trpc/server";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, publicProcedure } from "../../rpc/procedures.ts";
import { signInOutput } from "../session/sign-in-schema.ts";
import { withTransport } from "../session/transport.ts";
import { createSignInCodeInput, createSignInCodeOutput, exchangeSignInCodeInput } from "./schema.ts";
import { exchangeSignInCode, handOverSignIn } from "./service.ts";

const tags = ["Authentication"];

/** One-time codes, by which a page in a browser hands a sign-in over to an app. */
export const signInCodeRouter = {
  create: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/sign-in-codes",
        tags,
        summary: "Hand this sign-in over to an app",
        description:
          "For a sign-in page: the app sent the reader there with its code challenge, and gets a session of its own for the code. It counts as no more recently authenticated than this one.",
      },
      limits: [callLimits.signInCode],
      errors: ["REDIRECT_NOT_ALLOWED", "REFRESH_TOKEN_INVALID", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      successStatus: 201,
      audit: { none: "It starts nothing: the exchange of the code is recorded." },
    })
    .input(createSignInCodeInput)
    .output(createSignInCodeOutput)
    .mutation(({ ctx, input }) =>
      handOverSignIn(ctx.deps, ctx.actor, {
        ...input,
        refreshToken: input.refreshToken ?? ctx.cookies.read("refresh"),
      }),
    ),

  exchange: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/sign-in-codes/exchange",
        tags,
        summary: "Sign in by the code of a redirect",
        description:
          "Works once, within a minute, and only with the verifier of the code challenge (RFC 7636). A second exchange ends the session of the first.",
      },
      limits: [callLimits.redemption],
      errors: ["SIGN_IN_CODE_INVALID", "ACCOUNT_DISABLED", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      audit: ["session.created", "session.revoked", "device.linked", "device.unlinked"],
    })
    .input(exchangeSignInCodeInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { code, codeVerifier, transport, ...how } }) =>
      withTransport(ctx.cookies, transport, () =>
        exchangeSignInCode(ctx.deps, { code, codeVerifier }, { ...how, origin: ctx.request }),
      ),
    ),
} satisfies TRPCRouterRecord;
