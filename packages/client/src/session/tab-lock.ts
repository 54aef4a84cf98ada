/** Longer than a refresh takes; after it, a tab that hangs keeps the others waiting no more. */
const maxWaitMillis = 10_000;

/**
 * Lets one tab after the other do its work, by the browser's own locks. Where a tab holds its lock for too long, several may
 * refresh at once, which is harmless: they find the first one's attempt key in the storage. Where there are no locks, two may
 * each make a key of their own at the same moment, which is harmless within the server's grace time.
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
