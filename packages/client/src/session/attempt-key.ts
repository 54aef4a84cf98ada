/** Bytes of a key: enough that it cannot be guessed and is unique. */
const keyBytes = 16;

/**
 * Makes a new key for one refresh. The server recognises a repeated refresh by it: a thief of the refresh token cannot
 * send the key without stealing it too.
 */
export function createAttemptKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
