import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

/** A raw request: the client code encodes, merges and refuses nothing. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** Sends requests over one connection that stays open. */
export class RawConnection implements Disposable {
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** Resolves with the status when the answer is complete, or when a stream has begun. */
  send({ method, path, headers = {}, body }: RawRequest): Promise<number> {
    const { hostname, port, host } = this.#url;
    const sent = request({ hostname, port, agent: this.#agent, method, path, setHost: false });
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    for (const [name, value] of Object.entries({ host, ...length, ...headers })) sent.setHeader(name, value);
    sent.end(body);
    return statusOf(sent);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

function statusOf(sent: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject).on("response", (answer) => {
      const status = answer.statusCode ?? 0;
      answer.on("error", reject).on("end", () => resolve(status));
      if (!isStream(answer)) {
        answer.resume();
        return;
      }
      answer.once("data", () => {
        resolve(status);
        answer.destroy();
      });
    });
  });
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers["content-type"]?.startsWith("text/event-stream") === true;
}
