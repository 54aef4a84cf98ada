import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import type { Logger } from "../logging/logger.ts";

/** Milliseconds between two lines with the numbers of refused requests. */
const countedEveryMillis = 60_000;

interface RequestLogOptions {
  readonly config: Pick<Config, "requestLog">;
  readonly log: Logger;
}

/**
 * Logs responses. With `LOG_REQUESTS=all` each gets a line; with `failures` only a 5xx and one slower than
 * `LOG_SLOW_REQUEST_MILLIS` do, and those with a 4xx are counted by status in a line a minute.
 */
export class RequestLog {
  readonly #options: RequestLogOptions;
  /** Responses with a 4xx since the last line, by status. */
  #refused: Record<number, number> = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RequestLogOptions) {
    this.#options = options;
  }

  /** Logs or counts a response that was sent. `ip` is the caller's address. */
  sent(request: FastifyRequest, reply: FastifyReply, ip: string): void {
    const { kind, slowMillis } = this.#options.config.requestLog;
    const { statusCode: status, elapsedTime } = reply;
    if (kind === "failures") {
      if (status >= 400 && status < 500) this.#count(status);
      if (status < 500 && (elapsedTime < slowMillis || isStream(reply))) return;
    }
    // Without the query, which may contain private data.
    const path = request.url.split("?", 1)[0];
    const durationMillis = Math.round(elapsedTime * 10) / 10;
    request.log.info({ method: request.method, path, status, durationMillis, ip }, "request");
  }

  /** Logs what was counted since the last line, if anything. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (Object.keys(this.#refused).length > 0) this.#options.log.info({ byStatus: this.#refused }, "requests refused");
    this.#refused = {};
  }

  #count(status: number): void {
    this.#refused[status] = (this.#refused[status] ?? 0) + 1;
    this.#timer ??= setTimeout(() => this.flush(), countedEveryMillis).unref();
  }
}

/** Whether the response was a subscription, which lasts as long as its client listens. */
function isStream(reply: FastifyReply): boolean {
  return String(reply.getHeader("content-type") ?? "").startsWith("text/event-stream");
}

/** Logs the responses of all routes, which also carry the id of their request. */
export function logRequests(app: FastifyInstance, requestLog: RequestLog): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    requestLog.sent(request, reply, request.clientAddress);
    done();
  });
  app.addHook("onClose", async () => requestLog.flush());
}
