import { setTimeout as delay } from "node:timers/promises";

/** Stops polling; resolves when the run that is under way has ended. */
type StopPolling = () => Promise<void>;

/** Runs `poll` until it is stopped, each time `pauseMillis` after the last run has ended. `poll` must not reject. */
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

/** Whether the pause ended by itself, and not because polling is stopped. */
async function isOver(pauseMillis: number, signal: AbortSignal): Promise<boolean> {
  return await delay(pauseMillis, true, { signal }).catch(() => false);
}
