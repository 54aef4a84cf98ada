import type { Logger } from "../logging/logger.ts";
import type { CounterStore } from "./counter.ts";

/**
 * Counts in the shared store, and during an outage of it in this instance's own. Users can then still sign in, and guesses stay
 * limited. The beginning and the end of an outage are logged.
 */
export function withFallback(shared: CounterStore, own: CounterStore, log: Logger): CounterStore {
  let isLost = false;
  const either = async <T>(work: (store: CounterStore) => Promise<T>): Promise<T> => {
    try {
      const result = await work(shared);
      if (isLost) log.info("limits are counted in the shared store again");
      isLost = false;
      return result;
    } catch (err) {
      if (!isLost) log.error({ err }, "the store of the limits cannot be reached, each instance counts for itself");
      isLost = true;
      return await work(own);
    }
  };
  return {
    take: (counters, now) => either((store) => store.take(counters, now)),
    settle: (settlement) => either((store) => store.settle(settlement)),
    forgetExpired: async (now) => {
      await Promise.all([either((store) => store.forgetExpired(now)), own.forgetExpired(now)]);
    },
    close: async () => {
      await Promise.all([shared.close(), own.close()]);
    },
  };
}
