import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import type { ExpoConfig } from "./config.ts";
import type { ServiceSenderOptions } from "./fcm-sender.ts";
import { AttemptFailure, aborted, refused, retryAfterMillis, retryService } from "./outcome.ts";
import { ServicePause } from "./service-pause.ts";

/** Messages a second that Expo takes for a project. */
const messagesPerSecond = 600;

/** Requests at a time; Expo's own client makes as many. */
const maxRequests = 6;

const errorsSchema = z.object({ errors: z.array(z.object({ code: z.string().regex(/^[A-Z_]{1,60}$/) })).min(1) });

/** Expo does not take the whole request, and might take its messages one by one. */
export class ExpoRefusal extends AttemptFailure {}

/** Calls Expo's push API, no faster than it allows. */
export class ExpoClient {
  readonly #config: ExpoConfig;
  readonly #options: ServiceSenderOptions;
  readonly #pause: ServicePause;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** When the next message may be sent, in milliseconds of `performance.now()`. */
  #nextAt = 0;

  constructor(config: ExpoConfig, options: ServiceSenderOptions) {
    this.#config = config;
    this.#options = options;
    this.#pause = new ServicePause(options.clock);
  }

  /** Posts messages, at most 100, and returns the answer, unparsed. Throws {@link AttemptFailure}. */
  async send(messages: readonly object[], signal: AbortSignal): Promise<unknown> {
    await this.#enter();
    try {
      await this.#pace(messages.length, signal);
      // Expo may have asked to wait meanwhile.
      this.#refuseInPause();
      return await this.#post("send", messages, signal);
    } finally {
      this.#leave();
    }
  }

  /** Reads receipts, at most 300, and returns the answer, unparsed. Throws {@link AttemptFailure}. */
  async readReceipts(ids: readonly string[], signal: AbortSignal): Promise<unknown> {
    return await this.#post("getReceipts", { ids }, signal);
  }

  async #post(name: "send" | "getReceipts", body: object, signal: AbortSignal): Promise<unknown> {
    const { accessToken, baseUrl } = this.#config;
    const response = await fetch(`${baseUrl}/--/api/v2/push/${name}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify(body),
      // Expo does not redirect, and no other server may receive the token.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMillis)]),
    }).catch((cause: unknown) => {
      throw new AttemptFailure(signal.aborted ? aborted : retryService("Expo cannot be reached"), { cause });
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && answer !== undefined) return answer;
    const failure = failureOf(response, { answer, now: this.#options.clock.now() });
    this.#pause.follow(failure.outcome);
    throw failure;
  }

  /** Waits until there are fewer than {@link maxRequests}. */
  async #enter(): Promise<void> {
    if (this.#running < maxRequests) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place to the next that waits. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #refuseInPause(): void {
    const { outcome } = this.#pause;
    if (outcome !== undefined && outcome.status !== "sent") throw new AttemptFailure(outcome);
  }

  async #pace(count: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AttemptFailure(aborted);
    const now = performance.now();
    const startAt = Math.max(this.#nextAt, now);
    this.#nextAt = startAt + (count * 1000) / messagesPerSecond;
    if (startAt === now) return;
    await setTimeout(startAt - now, undefined, { signal }).catch((cause: unknown) => {
      throw new AttemptFailure(aborted, { cause });
    });
  }
}

function failureOf(
  response: Response,
  { answer, now }: { readonly answer: unknown; readonly now: Date },
): AttemptFailure {
  const { status, headers } = response;
  const code = errorsSchema.safeParse(answer).data?.errors[0]?.code;
  const reason = `Expo answered ${status}${code === undefined ? "" : ` ${code}`}`;
  const isTemporary = response.ok || status === 429 || status >= 500;
  if (isTemporary)
    return new AttemptFailure(retryService(reason, retryAfterMillis(headers.get("retry-after") ?? undefined, now)));
  return status === 400 || status === 413 ? new ExpoRefusal(refused(reason)) : new AttemptFailure(refused(reason));
}
