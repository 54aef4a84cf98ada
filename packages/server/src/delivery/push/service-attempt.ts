import type { RenewedCredential } from "./credential.ts";
import { Http2Failure, type Http2Response } from "./http2-session.ts";
import { AttemptFailure, aborted, retryMessage, retryService } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";

/** How one message is attempted over HTTP/2. */
interface ServiceAttempt {
  readonly credential: RenewedCredential;
  /** Sends the message with the credential. */
  readonly request: (credential: string) => Promise<Http2Response>;
  /** Whether the service says that the credential has expired. */
  readonly isExpired: (response: Http2Response) => boolean;
  readonly judge: (response: Http2Response) => PushOutcome;
}

/** Attempts a message, with another credential if the service says that the first has expired. Never rejects. */
export async function attemptMessage(attempt: ServiceAttempt): Promise<PushOutcome> {
  const { credential, request, isExpired, judge } = attempt;
  try {
    const first = await credential.get();
    const response = await request(first);
    if (!isExpired(response)) return judge(response);
    credential.discard(first);
    return judge(await request(await credential.get()));
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Turns a failure to attempt into an outcome. Rethrows mistakes of this program. */
function outcomeOf(error: unknown): PushOutcome {
  if (error instanceof AttemptFailure) return error.outcome;
  if (!(error instanceof Http2Failure)) throw error;
  switch (error.kind) {
    case "unreachable":
      return retryService(error.message);
    case "timeout":
    case "reset":
      return retryMessage(error.message);
    case "aborted":
      return aborted;
  }
}
