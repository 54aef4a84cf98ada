/** Longer than a refresh takes; after this time other tabs no longer wait for a tab that hangs. */
const maxWaitMillis = 10_000;

/**
 * Lets tabs do their work one after the other, with the browser's locks. If a tab holds its lock for too long, several
 * may refresh at once, which is harmless: they find the first one's attempt key in the storage. Without locks, two tabs
 * may each make a key at the same moment, which is harmless within the server's grace time.
 */
export function withTabLock(name: string): <T>(work: () => Promise<T>) => Promise<T> {
  return async (work) => {
    const locks = globalThis.navigator?.locks;
    if (locks === undefined) return await work();
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return work();
    };
    try {
      return await locks.request(name, { signal: AbortSignal.timeout(maxWaitMillis) }, begin);
    } catch (error) {
      if (hasBegun) throw error;
      return await work();
    }
  };
}
