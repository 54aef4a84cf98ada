import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { sudoProcedure } from "../../rpc/procedures.ts";
import {
  createApiKeyInput,
  createApiKeyOutput,
  listApiKeysInput,
  listApiKeysOutput,
  revokeApiKeyInput,
} from "./schema.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "./service.ts";

const tags = ["API keys"];

/** The API keys of the user, with which machines call in their name. */
export const apiKeyRouter = {
  list: sudoProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/api-keys",
        tags,
        summary: "List the caller's API keys",
        description:
          "The newest first, with the beginning of each key; the key itself was shown once. Revoked keys are left out.",
      },
    })
    .input(listApiKeysInput)
    .output(listApiKeysOutput)
    .query(({ ctx, input }) => listApiKeys(ctx.deps, ctx.actor, input)),

  create: sudoProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/api-keys",
        tags,
        summary: "Create an API key",
        description:
          "It takes a verified address. The answer is the only one that holds the key. The owner of the account is told by mail.",
      },
      successStatus: 201,
      limits: [callLimits.apiKeyCreation],
      errors: ["EMAIL_MISSING", "EMAIL_NOT_VERIFIED", "API_KEY_LIMIT_REACHED", "TOO_MANY_REQUESTS"],
      audit: ["api_key.created"],
    })
    .input(createApiKeyInput)
    .output(createApiKeyOutput)
    .mutation(({ ctx, input }) => createApiKey(ctx.deps, ctx.actor, input)),

  revoke: sudoProcedure
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/auth/api-keys/{id}",
        tags,
        summary: "Revoke an API key",
        description: "From the answer on it works nowhere. Revoking it again answers the same.",
      },
      errors: ["NOT_FOUND"],
      audit: ["api_key.revoked"],
    })
    .input(revokeApiKeyInput)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeApiKey(ctx.deps, ctx.actor, input.id)),
} satisfies TRPCRouterRecord;
