/** Bytes of a key: nobody guesses it, and no two refreshes have the same. */
const keyBytes = 16;

/**
 * A new key for one refresh, as the server takes it. By it the server knows a refresh that is asked for again, as no thief of the
 * refresh token can send it who did not steal the key too.
 */
export function createAttemptKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
