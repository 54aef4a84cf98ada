import { Agent, type IncomingMessage, request } from "node:http";
import { performance } from "node:perf_hooks";
import type { HttpRequest } from "./protocols.ts";

/** The interval at which the requests that are due are sent, in milliseconds. */
const tickMillis = 10;

/** The sums of a storm. */
export interface StormResult {
  readonly sent: number;
  /** From the first request to the last, without the wait for the last answers. */
  readonly seconds: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 429 that say in `Retry-After` when to come again. */
  readonly refusedWithRetryAfter: number;
  /** Requests that got no answer. */
  readonly broken: number;
}

/** The logins that a storm has seen succeed so far. */
export interface StormProgress {
  readonly signedIn: number;
  /** Since the first request. */
  readonly seconds: number;
}

/** A storm that goes on until it is stopped. */
export interface Storm {
  /** Resolves at the first answer of 429. */
  readonly refused: Promise<void>;
  progress(): StormProgress;
  /** Sends no more, and waits for the last answers. */
  stop(): Promise<StormResult>;
}

interface StormOptions {
  readonly url: string;
  /** Sent in turn. */
  readonly requests: readonly HttpRequest[];
  readonly perSecond: number;
}

/** Sends requests at a rate that no answer changes, on as many connections as there are requests without an answer. */
export function startStorm({ url, requests, perSecond }: StormOptions): Storm {
  const agent = new Agent({ keepAlive: true });
  const tally = new Tally();
  const answers: Promise<void>[] = [];
  const startedAt = performance.now();
  const secondsSoFar = () => (performance.now() - startedAt) / 1000;
  const timer = setInterval(() => {
    const due = Math.floor(secondsSoFar() * perSecond);
    while (answers.length < due) {
      const next = requests[answers.length % requests.length];
      if (next === undefined) throw new Error("There is nothing to send");
      answers.push(tally.count(send(url, next, agent)));
    }
  }, tickMillis);
  return {
    refused: tally.refused,
    progress: () => ({ signedIn: tally.signedIn, seconds: secondsSoFar() }),
    async stop() {
      clearInterval(timer);
      const seconds = secondsSoFar();
      await Promise.all(answers);
      agent.destroy();
      return { sent: answers.length, seconds, ...tally.result() };
    },
  };
}

class Tally {
  readonly #statuses = new Map<number, number>();
  readonly #refused = Promise.withResolvers<void>();
  #refusedWithRetryAfter = 0;
  #broken = 0;

  get refused(): Promise<void> {
    return this.#refused.promise;
  }

  get signedIn(): number {
    return this.#statuses.get(200) ?? 0;
  }

  async count(answer: Promise<IncomingMessage>): Promise<void> {
    try {
      const { statusCode = 0, headers } = await answer;
      this.#statuses.set(statusCode, (this.#statuses.get(statusCode) ?? 0) + 1);
      if (statusCode !== 429) return;
      if (Number(headers["retry-after"]) > 0) this.#refusedWithRetryAfter += 1;
      this.#refused.resolve();
    } catch {
      this.#broken += 1;
    }
  }

  result() {
    const statuses = Object.fromEntries(this.#statuses);
    return { statuses, refusedWithRetryAfter: this.#refusedWithRetryAfter, broken: this.#broken };
  }
}

/** Resolves when the whole answer has come. */
function send(url: string, { method, path, headers, body }: HttpRequest, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, headers, agent }, (response) => {
      response.once("end", () => resolve(response));
      response.once("error", reject);
      response.resume();
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
