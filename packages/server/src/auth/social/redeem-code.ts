import * as client from "openid-client";
import type { AuthorizationResponse } from "./provider.ts";
import { ProviderError } from "./provider.ts";

/**
 * Checks what came by way of the browser (state, `iss` of RFC 9207, errors), and exchanges the code for tokens with our verifier.
 * Throws {@link ProviderError}.
 */
export async function redeemCode(
  configuration: client.Configuration,
  { parameters, state, nonce, codeVerifier, redirectUri }: AuthorizationResponse,
  hasIdToken = true,
): Promise<client.TokenEndpointResponse> {
  const url = new URL(redirectUri);
  // Parameters that came twice stay two, so that the library refuses them.
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  const checks = { expectedState: state, pkceCodeVerifier: codeVerifier };
  try {
    return await client.authorizationCodeGrant(configuration, url, {
      ...checks,
      ...(hasIdToken ? { expectedNonce: nonce, idTokenExpected: true } : {}),
    });
  } catch (cause) {
    throw toProviderError(cause);
  }
}

function toProviderError(cause: unknown): ProviderError {
  if (cause instanceof ProviderError) return cause;
  if (cause instanceof client.AuthorizationResponseError) {
    return new ProviderError("denied", `The provider answered ${cause.error}`, { cause });
  }
  // The provider refuses our code or our client.
  if (cause instanceof client.ResponseBodyError) {
    return new ProviderError("invalid", `The provider refused the code: ${cause.error}`, { cause });
  }
  return new ProviderError(isUnreached(cause) ? "unavailable" : "invalid", "The code was not redeemed", { cause });
}

/** Whether no response came. The library wraps the error of the request. */
function isUnreached(error: unknown): boolean {
  return error instanceof Error && (error.name === "OutboundError" || isUnreached(error.cause));
}
