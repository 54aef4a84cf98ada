import { createErrorLog } from "../jobs/error-log.ts";
import type { BackgroundWork } from "../jobs/runtime.ts";
import { startPolling } from "../polling.ts";
import { type DeliverDeps, deliverDue } from "./deliver.ts";
import { type FanOutDeps, fanOutDue } from "./fan-out.ts";

/** The pause between looks at the ledger, in milliseconds, when nothing is due. */
const pauseMillis = 1000;

/** Works on notifications until it is stopped: finds their devices, and delivers what is due. Each look takes all there is. */
export const notificationWork: BackgroundWork<DeliverDeps & FanOutDeps> = (deps) => {
  const [stopped, aborted] = [new AbortController(), new AbortController()];
  const stopping = { stopped: stopped.signal, aborted: aborted.signal };
  const failure = "notifications: a look at the ledger failed, it is tried again";
  const report = createErrorLog({ log: deps.log, monotonicMillis: () => performance.now(), failure });
  const repeat = (look: () => Promise<void>) =>
    startPolling(
      () => look().catch((error: unknown) => report(error instanceof Error ? error : { error })),
      pauseMillis,
    );
  const loops = [repeat(() => fanOutDue(deps, stopped.signal)), repeat(() => deliverDue(deps, stopping))];
  return {
    async stop() {
      stopped.abort();
      await Promise.all(loops.map((stop) => stop()));
    },
    abort: () => aborted.abort(),
  };
};
