import { z } from "zod";
import { text } from "../../schema/text.ts";
import { timestampSchema } from "../../schema/timestamp.ts";

/** The name of a provider in an address. Any text: an unknown name is a provider that is not there. */
export const providerNameSchema = text({ max: 100 }).meta({
  description: "A name of the server's SOCIAL_PROVIDERS",
  examples: ["google"],
});

/** An identity, for its user to recognise. */
export const identitySchema = z
  .object({
    id: z.uuid(),
    provider: z.string().meta({ examples: ["google"] }),
    email: z
      .string()
      .nullable()
      .meta({ description: "As the provider gave it at the last sign-in; it need not be the account's" }),
    createdAt: timestampSchema,
    lastUsedAt: timestampSchema,
  })
  .meta({ id: "Identity" });

/** The output of `auth.identities.list`. */
export const listIdentitiesOutput = z.object({ items: z.array(identitySchema) });

/** The input of `auth.identities.unlink`. */
export const unlinkIdentityInput = z.strictObject({
  provider: providerNameSchema,
  id: z.uuid().optional().meta({ description: "One of several at the provider; left out for all of them" }),
});
