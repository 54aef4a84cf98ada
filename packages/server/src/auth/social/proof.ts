import { z } from "zod";

/** What a provider says of somebody who signed in at it. It was verified to be the provider's word about our own client. */
export interface IdentityProof {
  /** The name of the provider in the settings. */
  readonly provider: string;
  /** Who gave the subject. Together they are the identity; an address never is. */
  readonly issuer: string;
  /** The provider's own id of the user, which never changes. */
  readonly subject: string;
  /** The address that the provider has of the user; `undefined` for none. */
  readonly email?: string | undefined;
  /** Whether the provider vouches for it that the user reads the mail of the address. */
  readonly isEmailProven: boolean;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  readonly locale?: string | undefined;
  /** The provider's tokens, where the settings say that they are kept. */
  readonly tokens?: ProviderTokens | undefined;
}

/** Tokens by which the app may call the provider. */
export const providerTokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  /** ISO 8601. */
  expiresAt: z.string().optional(),
  scope: z.string().optional(),
});

/** See {@link providerTokensSchema}. */
export type ProviderTokens = z.output<typeof providerTokensSchema>;
