/** For `vi.waitFor`, in milliseconds: long enough that on a busy machine only a hanging test reaches it. */
export const patience = { timeout: 240_000, interval: 20 };
