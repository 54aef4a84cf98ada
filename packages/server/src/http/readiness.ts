import type { Dependencies } from "../dependencies.ts";

/** How long a result is cached, in milliseconds. */
const freshMillis = 1000;

/**
 * Returns a function that tells whether the server is ready. It calls `look` at most once a second, and concurrent callers
 * share one call.
 */
export function createReadiness({ clock }: Pick<Dependencies, "clock">, look: () => Promise<boolean>) {
  let last: { readonly isReady: boolean; readonly atMillis: number } | undefined;
  let underWay: Promise<boolean> | undefined;
  const lookNow = async (): Promise<boolean> => {
    const atMillis = clock.now().getTime();
    try {
      const isReady = await look();
      last = { isReady, atMillis };
      return isReady;
    } catch {
      last = { isReady: false, atMillis };
      return false;
    } finally {
      underWay = undefined;
    }
  };
  return async (): Promise<boolean> => {
    const ageMillis = last === undefined ? freshMillis : clock.now().getTime() - last.atMillis;
    // A negative age means that the clock was set back, so the cached result is not used.
    if (last !== undefined && ageMillis >= 0 && ageMillis < freshMillis) return last.isReady;
    underWay ??= lookNow();
    return await underWay;
  };
}
