import { setTimeout as delay } from "node:timers/promises";

/** Stops polling, and resolves when the current run has ended. */
type StopPolling = () => Promise<void>;

/** Runs `poll` repeatedly until stopped, with a pause of `pauseMillis` before each run. `poll` must not reject. */
export function startPolling(poll: () => Promise<void>, pauseMillis: number): StopPolling {
  const stopping = new AbortController();
  const polling = pollUntil(stopping.signal, poll, pauseMillis);
  return async () => {
    stopping.abort();
    await polling;
  };
}

async function pollUntil(signal: AbortSignal, poll: () => Promise<void>, pauseMillis: number): Promise<void> {
  while (await isOver(pauseMillis, signal)) await poll();
}

/** Waits for the pause. Returns `false` if polling was stopped meanwhile. */
async function isOver(pauseMillis: number, signal: AbortSignal): Promise<boolean> {
  return await delay(pauseMillis, true, { signal }).catch(() => false);
}
