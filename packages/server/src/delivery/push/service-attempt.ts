import type { RenewedCredential } from "./credential.ts";
import type { Http2Client } from "./http2-client.ts";
import { Http2Failure, type Http2Request, type Http2Response } from "./http2-session.ts";
import { AttemptFailure, aborted, retryMessage, retryService } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";
import type { ServicePause } from "./service-pause.ts";

/** What the messages of a service share. */
export interface AttemptDeps {
  readonly client: Http2Client;
  readonly credential: RenewedCredential;
  readonly pause: ServicePause;
}

/** How one message is attempted over HTTP/2. */
interface ServiceAttempt {
  /** Writes the request with the credential. */
  readonly request: (credential: string) => Http2Request;
  /** Whether the service says that the credential has expired. */
  readonly isExpired: (response: Http2Response) => boolean;
  readonly judge: (response: Http2Response) => PushOutcome;
}

/**
 * Attempts a message, with another credential if the service says that the first has expired. If the service asks to wait,
 * nothing that waits for a connection is sent, and nothing else until then. Never rejects.
 */
export async function attemptMessage(deps: AttemptDeps, attempt: ServiceAttempt): Promise<PushOutcome> {
  const { client, pause } = deps;
  if (pause.outcome !== undefined) return pause.outcome;
  try {
    const outcome = attempt.judge(await respond(deps, attempt));
    if (pause.follow(outcome)) client.withdraw();
    return outcome;
  } catch (error) {
    return outcomeOf(error, pause);
  }
}

async function respond({ client, credential }: AttemptDeps, attempt: ServiceAttempt): Promise<Http2Response> {
  const first = await credential.get();
  const response = await client.request(attempt.request(first));
  if (!attempt.isExpired(response)) return response;
  credential.discard(first);
  return await client.request(attempt.request(await credential.get()));
}

/** Turns a failure to attempt into an outcome. Rethrows mistakes of this program. */
function outcomeOf(error: unknown, pause: ServicePause): PushOutcome {
  if (error instanceof AttemptFailure) return error.outcome;
  if (!(error instanceof Http2Failure)) throw error;
  switch (error.kind) {
    case "unreachable":
      return retryService(error.message);
    case "timeout":
    case "reset":
      return retryMessage(error.message);
    case "withdrawn":
      return pause.outcome ?? retryService(error.message);
    case "aborted":
      return aborted;
  }
}
