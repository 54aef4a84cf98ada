import { setImmediate } from "node:timers/promises";
import type { SessionStorage } from "@gatehouse/client";

/** Web Storage, as `localStorage` is. */
export function webStorage(): SessionStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** Storage of which every answer takes a while, as `AsyncStorage` is. */
export function asyncStorage(): SessionStorage {
  const items = new Map<string, string>();
  return {
    async getItem(key) {
      await setImmediate();
      return items.get(key) ?? null;
    },
    async setItem(key, value) {
      await setImmediate();
      items.set(key, value);
    },
    async removeItem(key) {
      await setImmediate();
      items.delete(key);
    },
  };
}
