import { type OperationResultEnvelope, TRPCClientError } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { type Observable, observable } from "@trpc/server/observable";

type Failure = TRPCClientError<AnyTRPCRouter>;
type Envelope = OperationResultEnvelope<unknown, Failure>;

/** Turns a promise of a call into the observable that a link returns. The call begins at the subscription. */
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
