import { type OperationResultEnvelope, TRPCClientError } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { type Observable, observable } from "@trpc/server/observable";

type Failure = TRPCClientError<AnyTRPCRouter>;
type Envelope = OperationResultEnvelope<unknown, Failure>;

/** The promise of a call as an observable, as links return it; the call begins with the subscription. */
export function observeOutcome(carryOut: () => Promise<Envelope>): Observable<Envelope, Failure> {
  return observable((observer) => {
    carryOut().then(
      (envelope) => {
        observer.next(envelope);
        observer.complete();
      },
      (error) => observer.error(TRPCClientError.from(error)),
    );
  });
}

/**
 * Resolves or rejects as the work does, and rejects as soon as the signal aborts. The work itself goes on, since others may wait
 * for it.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
