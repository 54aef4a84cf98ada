import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, sudoProcedure } from "../../rpc/procedures.ts";
import { linkIdentityInput } from "../social/schema.ts";
import { linkToCaller, proveIdentity, requireProofToLink } from "./link.ts";
import { listIdentitiesOutput, unlinkIdentityInput } from "./schema.ts";
import { listIdentities, unlinkIdentities } from "./service.ts";

const tags = ["Authentication"];

/** The identities at providers by which the user signs in. */
export const identitiesRouter = {
  list: authedProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/identities",
        tags,
        summary: "List the caller's linked providers",
        description: "The oldest first. Each is a way to sign in.",
      },
    })
    .input(z.void())
    .output(listIdentitiesOutput)
    .query(({ ctx }) => listIdentities(ctx.deps, ctx.actor)),

  link: authedProcedure
    .meta({ stepUp: "required", secondFactor: "exempt" })
    .use(async ({ ctx, next }) => {
      await requireProofToLink(ctx.deps, ctx.actor);
      return await next();
    })
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/identities",
        tags,
        summary: "Link a provider to the account",
        description:
          "Begin at `GET /v1/auth/social/{provider}/start?mode=link`, with the code challenge of a new verifier, and send the `code` with which the address comes back. Only the app that has the verifier, in the session that calls, can link. A native app sends what the provider's library gave it instead. The owner of the account is told by mail. An anonymous account becomes a full one, and takes no recent proof.",
      },
      limits: [callLimits.redemption],
      errors: [
        "NOT_FOUND",
        "SIGN_IN_CODE_INVALID",
        "SOCIAL_CREDENTIAL_INVALID",
        "SOCIAL_PROVIDER_UNAVAILABLE",
        "IDENTITY_TAKEN",
        "EMAIL_TAKEN",
        "ANONYMOUS_ACCOUNT",
        "TOO_MANY_REQUESTS",
      ],
      audit: ["identity.linked", "user.created"],
    })
    .input(linkIdentityInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const proof = await proveIdentity(ctx.deps, input);
      await linkToCaller(ctx.deps, { actor: ctx.actor, origin: ctx.request }, proof);
    }),

  unlink: sudoProcedure
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/auth/identities/{provider}",
        tags,
        summary: "Unlink a provider from the account",
        description: "Never the last way in: an account without a password needs a proven address or another identity.",
      },
      errors: ["NOT_FOUND", "LAST_WAY_IN"],
      audit: ["identity.unlinked"],
    })
    .input(unlinkIdentityInput)
    .output(z.void())
    .mutation(({ ctx, input }) => unlinkIdentities(ctx.deps, ctx.actor, input)),
} satisfies TRPCRouterRecord;
