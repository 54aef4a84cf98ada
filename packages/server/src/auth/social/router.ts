import type { TRPCRouterRecord } from "@trpc/server";
import { callLimits } from "../../limits/call-limit.ts";
import { publicProcedure } from "../../rpc/procedures.ts";
import { setUpEvents } from "../email/set-up.ts";
import { signInOutput } from "../session/sign-in-schema.ts";
import { withTransport } from "../session/transport.ts";
import { socialSignInInput } from "./schema.ts";
import { signInNatively } from "./service.ts";

/** Signing in at a provider from a native app. Browsers begin at `GET /v1/auth/social/{provider}/start`. */
export const socialRouter = {
  signIn: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/social/{provider}",
        tags: ["Authentication"],
        summary: "Sign in by what a provider's library gave a native app",
        description:
          "An id token must be for one of the provider's client ids, ten minutes old at most, and have the nonce, or its SHA-256 in hexadecimal. An access token is accepted only of Facebook and GitHub.",
      },
      limits: [callLimits.socialSignIn],
      errors: [
        "NOT_FOUND",
        "SOCIAL_CREDENTIAL_INVALID",
        "SOCIAL_PROVIDER_UNAVAILABLE",
        "IDENTITY_NOT_LINKED",
        "EMAIL_NOT_VERIFIED",
        "EMAIL_TAKEN",
        "ACCOUNT_DISABLED",
        "ORIGIN_NOT_ALLOWED",
        "TOO_MANY_REQUESTS",
      ],
      audit: [
        "session.created",
        "user.created",
        "user.email_verified",
        "identity.linked",
        "device.linked",
        ...setUpEvents,
      ],
    })
    .input(socialSignInInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { remember, device, transport, ...credential } }) =>
      withTransport(ctx.cookies, transport, () =>
        signInNatively(ctx.deps, credential, { remember, device, origin: ctx.request }),
      ),
    ),
} satisfies TRPCRouterRecord;
