/**
 * The storage of a session: a part of the Web Storage API. Each method may return a value or a promise, so
 * `localStorage` and React Native's `AsyncStorage` can be used directly.
 */
export interface SessionStorage {
  getItem(key: string): string | null | Promise<string | null>;
  /** Its promise, if it returns one, is awaited. */
  setItem(key: string, value: string): unknown;
  /** Its promise, if it returns one, is awaited. */
  removeItem(key: string): unknown;
}

/** Storage in memory, which ends with the process. */
export function createMemoryStorage(): SessionStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

/** The storage that the tabs of an origin share; outside of pages, memory. */
export function createPageStorage(): SessionStorage {
  return "document" in globalThis ? localStorage : createMemoryStorage();
}
