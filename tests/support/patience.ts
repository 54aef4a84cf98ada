/** For `vi.waitFor`: only what hangs takes so long, however busy the machine is. In milliseconds. */
export const patience = { timeout: 240_000, interval: 20 };
