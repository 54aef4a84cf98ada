import type { IdentityProof } from "./proof.ts";

/** What binds a sign-in at a provider to the browser that began it. */
export interface AuthorizationRequest {
  readonly state: string;
  /** Also in the id token. */
  readonly nonce: string;
  /** The challenge of our own verifier towards the provider (RFC 7636, S256). */
  readonly codeChallenge: string;
  readonly redirectUri: string;
}

/** What the provider sent back by way of the browser, and what it was asked with. */
export interface AuthorizationResponse extends Pick<AuthorizationRequest, "state" | "nonce" | "redirectUri"> {
  readonly codeVerifier: string;
  readonly parameters: URLSearchParams;
}

/** What a native app got of the provider's own library. */
export interface NativeCredential {
  readonly idToken?: string | undefined;
  /** What the app gave the library for the id token. */
  readonly nonce?: string | undefined;
  readonly accessToken?: string | undefined;
}

/** A provider at which users sign in. */
export interface Provider {
  readonly name: string;
  /** Whether it sends the browser back by a cross-site POST (OAuth 2.0 Form Post Response Mode). */
  readonly usesFormPost: boolean;
  /** The address to send the browser to. Throws {@link ProviderError}. */
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  /** Verifies the response and redeems its code. Throws {@link ProviderError}. */
  redeem(response: AuthorizationResponse): Promise<IdentityProof>;
  /** Verifies what a native app got. Throws {@link ProviderError}. */
  verifyNative(credential: NativeCredential): Promise<IdentityProof>;
}

/**
 * Why there is no proof:
 * - `denied`: the user, or the provider for them, said no.
 * - `invalid`: what came is not the provider's, not for us, or not of this sign-in.
 * - `unsupported`: this provider takes no such credential.
 * - `unavailable`: the provider cannot be reached, or does not answer as its protocol says.
 */
type ProviderFailure = "denied" | "invalid" | "unsupported" | "unavailable";

/** A sign-in at a provider failed. The message is for the log: it may repeat what the provider said, but no secret. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly failure: ProviderFailure;

  constructor(failure: ProviderFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}
