import { createRemoteJWKSet, errors, type JWTVerifyGetKey, customFetch as joseFetch } from "jose";
import { ProviderError } from "./provider.ts";
import type { ProviderFetch } from "./provider-http.ts";

interface RemoteKeysOptions {
  readonly fetch: ProviderFetch;
  /** How long the provider may take to send its keys. */
  readonly timeoutMillis: number;
}

/** What the library throws for a token whose key the provider does not publish, or of a kind that no key set has. */
const refusals = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/**
 * Returns the keys that a provider publishes. They are read for the first token, again after ten minutes, and for a token whose key
 * is unknown, but not twice within 30 seconds. So a provider may replace its keys, and invented tokens cause few requests. Throws
 * {@link ProviderError} where the keys cannot be read.
 */
export function remoteKeys(address: URL, { fetch, timeoutMillis }: RemoteKeysOptions): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(address, { [joseFetch]: fetch, timeoutDuration: timeoutMillis });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (refusals.some((refusal) => cause instanceof refusal)) throw cause;
      throw new ProviderError("unavailable", `The keys at ${address.host} cannot be read`, { cause });
    }
  };
}
