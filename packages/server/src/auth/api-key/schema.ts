import { z } from "zod";
import { pageInput, pageOf } from "../../schema/page.ts";
import { text } from "../../schema/text.ts";
import { timestampSchema } from "../../schema/timestamp.ts";

/** More scopes than any server has: it bounds the work for an input. */
const maxScopes = 100;

/** An API key as its owner sees it, without the secret. */
const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().meta({ description: "The beginning of the key", examples: ["gatehouse_4fGk2Q"] }),
    scopes: z.array(z.string()),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
    lastUsedAt: timestampSchema
      .nullable()
      .meta({ description: "When a call with it last succeeded, to the minute; null if none did" }),
  })
  .meta({ id: "ApiKey" });

/** The input of `auth.apiKeys.create`. The app's own procedures may define more scopes. */
export const createApiKeyInput = z.strictObject({
  name: text({ max: 100 }).meta({ description: "What it is for", examples: ["Nightly export"] }),
  scopes: z
    .array(text({ max: 200 }).meta({ examples: ["profile:read"] }))
    .min(1)
    .max(maxScopes)
    .meta({ description: "What it may be used for: scopes of the operations that it is to call" }),
  expiresAt: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: "ISO 8601 with an offset. Default: the latest that the server allows" }),
});

/** The output of `auth.apiKeys.create`. */
export const createApiKeyOutput = z.object({
  apiKey: apiKeySchema,
  secret: z.string().meta({
    description: "The key: send it as `Authorization: Bearer <key>`. It is not shown again",
  }),
});

/** The input of `auth.apiKeys.list`. */
export const listApiKeysInput = z.strictObject(pageInput).prefault({});

/** The output of `auth.apiKeys.list`. */
export const listApiKeysOutput = pageOf(apiKeySchema);

/** The input of `auth.apiKeys.revoke`. */
export const revokeApiKeyInput = z.strictObject({ id: z.uuid() });
