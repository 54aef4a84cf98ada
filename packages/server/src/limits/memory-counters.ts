import { BoundedMap } from "../bounded-map.ts";
import { type CounterState, type CounterStore, takeOne } from "./counter.ts";

/** Keys held at most, about 20 MB. The oldest are dropped; to force that, an attacker needs as many calls. */
const maxKeys = 100_000;

/** Counts in this process alone. */
export function openMemoryCounters(): CounterStore {
  const states = new BoundedMap<string, CounterState>(maxKeys);
  return {
    take: async (counters, now) =>
      counters.map(({ key, rule }) => {
        const { allowed, state } = takeOne(states.get(key), rule, now.getTime());
        if (allowed) states.set(key, state);
        return { allowed, blockedUntil: state.blockedUntil === null ? null : new Date(state.blockedUntil) };
      }),
    settle: async ({ reset = [], giveBack = [] }) => {
      for (const key of reset) states.delete(key);
      for (const key of giveBack) {
        const held = states.get(key);
        if (held !== undefined) states.set(key, { ...held, count: Math.max(held.count - 1, 0), blockedUntil: null });
      }
    },
    forgetExpired: async (now) => {
      for (const [key, state] of states) if (state.expiresAt <= now.getTime()) states.delete(key);
    },
    close: async () => states.clear(),
  };
}
