import { z } from "zod";
import { timestampSchema } from "../../schema/timestamp.ts";

/** The tokens of a session, as a sign-in and a refresh return them. */
export const sessionTokensSchema = z
  .object({
    id: z.uuid(),
    accessToken: z.string().meta({ description: "Send as `Authorization: Bearer …`" }),
    accessTokenExpiresAt: timestampSchema,
    refreshToken: z.string().meta({ description: "Exchange at `auth.refresh`; each is replaced when used" }),
    refreshTokenExpiresAt: timestampSchema,
  })
  .meta({ id: "Session" });

/** When the user of a session last authenticated in it. */
export const lastAuthenticationFields = {
  authenticatedAt: timestampSchema.meta({
    description: "When the user last proved who they are in this session: by signing in, or at `auth.sudo`",
  }),
  recentUntil: timestampSchema.meta({ description: "Until when that will do for what takes a recent proof" }),
};

/** A session whose tokens are in cookies. */
export const cookieSessionSchema = z
  .object({
    id: z.uuid(),
    issuedAt: timestampSchema.meta({ description: "By the server's clock, as are the other two" }),
    accessTokenExpiresAt: timestampSchema,
    refreshTokenExpiresAt: timestampSchema,
  })
  .meta({ id: "CookieSession", description: "The answer to `transport: cookie`, with the tokens in cookies" });

/** A session, with its tokens or with cookies. */
export const sessionSchema = z.union([sessionTokensSchema, cookieSessionSchema]);

/** The session in which a call is made. */
export const currentSessionSchema = z
  .object({
    id: z.uuid(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.meta({ description: "When it ends unless it is refreshed, or at the latest" }),
    methods: z
      .array(z.string())
      .meta({ description: "How the user proved who they are (RFC 8176)", examples: [["pwd"]] }),
    aal: z.union([z.literal(0), z.literal(1), z.literal(2)]).meta({
      description:
        "The authenticator assurance level of NIST SP 800-63B that `methods` reach: 2 by two factors, 1 by one, 0 by none of its authenticators, such as a link by mail",
    }),
    impersonated: z.boolean().meta({ description: "Whether an administrator acts in the user's name" }),
    ...lastAuthenticationFields,
  })
  .meta({ id: "CurrentSession" });

/** A client's random text for one refresh, such as a UUID or 16 random bytes in base64url. */
const attemptKeySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,128}$/, "Must be 16 to 128 characters of A-Z, a-z, 0-9, - and _");

/** The input of `auth.refresh`. The token may be any text: a malformed one is refused like a wrong one. */
export const refreshInput = z
  .strictObject({
    refreshToken: z.string().optional().meta({ description: "Left out where it is in the cookie" }),
    attemptKey: attemptKeySchema.optional().meta({
      description:
        "Made at random for this token and kept before it is sent: with the same key, a lost answer can be asked for again at any time",
      examples: ["8e03978e-40d5-43e8-bc93-6894a57f9324"],
    }),
  })
  .optional();
