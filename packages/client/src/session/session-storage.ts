/**
 * Where a session is kept: the part of the Web Storage API that it takes. Each method may answer at once or with a
 * promise, so that `localStorage` and React Native's `AsyncStorage` fit as they are.
 */
export interface SessionStorage {
  getItem(key: string): string | null | Promise<string | null>;
  /** Its promise, if it returns one, is awaited. */
  setItem(key: string, value: string): unknown;
  /** Its promise, if it returns one, is awaited. */
  removeItem(key: string): unknown;
}

/** Storage that ends with the process. */
export function createMemoryStorage(): SessionStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => items.set(key, value),
    removeItem: (key) => items.delete(key),
  };
}

/** The storage that the tabs of a page's origin share; outside of pages, that of the process. */
export function createPageStorage(): SessionStorage {
  return "document" in globalThis ? localStorage : createMemoryStorage();
}
