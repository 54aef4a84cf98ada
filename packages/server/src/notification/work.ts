import { pushServices } from "../delivery/push/push-sender.ts";
import { createErrorLog } from "../jobs/error-log.ts";
import type { BackgroundWork } from "../jobs/runtime.ts";
import { startPolling } from "../polling.ts";
import { type DeliverDeps, deliverDue, type Stopping } from "./deliver.ts";
import { type FanOutDeps, fanOutDue } from "./fan-out.ts";
import { hasOpenNotification } from "./store.ts";

/** The pause between looks at the ledger, in milliseconds, when nothing is due. */
const pauseMillis = 1000;

/** Works on notifications until it is stopped: finds their devices, and delivers what is due. Each look takes all there is. */
export const notificationWork: BackgroundWork<DeliverDeps & FanOutDeps> = (deps) => {
  const [stopped, aborted] = [new AbortController(), new AbortController()];
  const stopping = { stopped: stopped.signal, aborted: aborted.signal };
  const failure = "notifications: a look at the ledger failed, it is tried again";
  const report = createErrorLog({ log: deps.log, monotonicMillis: () => performance.now(), failure });
  const tryLook = (look: () => Promise<void>) =>
    look().catch((error: unknown) => report(error instanceof Error ? error : { error }));
  const delivering = new Delivering(deps, { stopping, tryLook });
  const loops = [() => fanOutDue(deps, stopped.signal), () => delivering.look()].map((look) =>
    startPolling(() => tryLook(look), pauseMillis),
  );
  return {
    async stop() {
      stopped.abort();
      await Promise.all(loops.map((stop) => stop()));
      await delivering.end();
    },
    abort: () => aborted.abort(),
  };
};

interface DeliveringOptions {
  readonly stopping: Stopping;
  /** Does the work, and reports its failure. */
  readonly tryLook: (look: () => Promise<void>) => Promise<void>;
}

/** Delivers by each service apart: one that is slow, such as a browser's that its user chose, keeps no other waiting. */
class Delivering {
  readonly #deps: DeliverDeps;
  readonly #options: DeliveringOptions;
  readonly #busy = new Map<string, Promise<void>>();

  constructor(deps: DeliverDeps, options: DeliveringOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Starts on what is due by each service that it is not working on. */
  async look(): Promise<void> {
    const { stopping, tryLook } = this.#options;
    if (!(await hasOpenNotification(this.#deps.db, this.#deps.clock.now()))) return;
    for (const service of pushServices) {
      if (this.#busy.has(service)) continue;
      const work = tryLook(() => deliverDue(this.#deps, stopping, [service]));
      this.#busy.set(
        service,
        work.finally(() => this.#busy.delete(service)),
      );
    }
  }

  /** Resolves when what was started has ended. */
  async end(): Promise<void> {
    await Promise.all(this.#busy.values());
  }
}
