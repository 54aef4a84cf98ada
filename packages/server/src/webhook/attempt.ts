import type { Clock } from "../clock.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import { type Outbound, OutboundError } from "../outbound/outbound.ts";
import type { OutboundResponse } from "../outbound/pinned-request.ts";
import { version } from "../version.ts";
import { eventPayloadContext, webhookSecretContext } from "./sealed.ts";
import { signedHeaders } from "./signature.ts";
import { listSigningSecrets } from "./store.ts";

/** What an attempt needs. */
export interface AttemptDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly outbound: Pick<Outbound, "send">;
}

/** What to send, and where to. */
interface AttemptedDelivery {
  readonly event_public_id: string;
  readonly payload: Uint8Array;
  readonly webhook_id: string;
  readonly url: string;
}

/** What an attempt came to. */
export interface AttemptOutcome {
  readonly attemptedAt: Date;
  readonly durationMillis: number;
  /** `null` without a response. */
  readonly responseStatus: number | null;
  readonly responseExcerpt: string | null;
  /** Why it failed; `null` if it succeeded. */
  readonly error: string | null;
  /** Seconds before the next attempt, if the receiver named them. */
  readonly retryAfterSeconds: number | undefined;
}

/** Bytes of a response that are read and kept. */
const excerptBytes = 1024;

/** Sends the event, signed by every secret that is valid. Throws if a value cannot be opened, or the worker stops. */
export async function attemptDelivery(
  deps: AttemptDeps,
  delivery: AttemptedDelivery,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const at = deps.clock.now();
  const startedAt = performance.now();
  const request = { ...(await signedRequest(deps, delivery, at)), maxResponseBytes: excerptBytes, signal };
  const result = await deps.outbound.send(request).catch(failureOf);
  const timing = { attemptedAt: at, durationMillis: Math.round(performance.now() - startedAt) };
  if (typeof result === "string") {
    return { ...timing, responseStatus: null, responseExcerpt: null, error: result, retryAfterSeconds: undefined };
  }
  const { status } = result;
  return {
    ...timing,
    responseStatus: status,
    responseExcerpt: toText(result.body),
    error: status >= 200 && status < 300 ? null : `The receiver answered ${status}`,
    retryAfterSeconds: retryAfterOf(result),
  };
}

async function signedRequest({ db, keyRing }: AttemptDeps, delivery: AttemptedDelivery, at: Date) {
  const { event_public_id: id, payload, url } = delivery;
  const body = keyRing.open(payload, eventPayloadContext(id));
  const secrets = (await listSigningSecrets(db, delivery.webhook_id, at)).map(({ public_id, secret }) =>
    keyRing.open(secret, webhookSecretContext(public_id)),
  );
  const headers = {
    "content-type": "application/json",
    "content-length": String(body.length),
    "user-agent": `Gatehouse/${version}`,
    ...signedHeaders({ id, at, body: body.toString() }, secrets),
  };
  return { url: new URL(url), method: "POST" as const, headers, body };
}

function failureOf(error: unknown): string {
  if (error instanceof OutboundError && error.failure !== "aborted") return error.message;
  throw error;
}

/** The beginning of a response, as far as PostgreSQL can store it. */
function toText(body: Buffer): string {
  return body.toString("utf8").replaceAll("\0", "\u{fffd}");
}

/** A longer `Retry-After` of a receiver is shortened to an hour. */
const maxRetryAfterSeconds = 60 * 60;

function retryAfterOf({ headers }: OutboundResponse): number | undefined {
  const [, seconds] = /^(\d{1,9})$/.exec(headers["retry-after"] ?? "") ?? [];
  return seconds === undefined ? undefined : Math.min(Number(seconds), maxRetryAfterSeconds);
}
