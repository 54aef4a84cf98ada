import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";

/** The tokens of a session, as a sign-in and a refresh answer with them. */
export const sessionTokensSchema = z
  .object({
    id: z.uuid(),
    accessToken: z.string().meta({ description: "Send as `Authorization: Bearer …`" }),
    accessTokenExpiresAt: timestampSchema,
    refreshToken: z.string().meta({ description: "Exchange at `auth.refresh`; each is replaced when used" }),
    refreshTokenExpiresAt: timestampSchema,
  })
  .meta({ id: "Session" });

/** The session that a call came in. */
export const currentSessionSchema = z
  .object({
    id: z.uuid(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.meta({ description: "When it ends unless it is refreshed, or at the latest" }),
    methods: z
      .array(z.string())
      .meta({ description: "How the user proved who they are (RFC 8176)", examples: [["pwd"]] }),
  })
  .meta({ id: "CurrentSession" });

/** Any text, as its form is not its proof: one that is malformed is refused as a wrong one is. */
export const refreshInput = z.strictObject({ refreshToken: z.string() });
