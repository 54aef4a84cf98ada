import { Agent, request } from "node:http";

/** A request as the REST interface takes it. */
export interface RestRequest {
  readonly method: "GET" | "PATCH" | "POST" | "PUT";
  /** With its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

interface RestAnswer {
  readonly status: number;
  readonly body: string;
}

/** Calls a server in the name of a user, over one connection that stays open. Disposing of it closes the connection. */
export class RestCaller implements Disposable {
  readonly #url: string;
  readonly #accessToken: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string, accessToken: string) {
    this.#url = url;
    this.#accessToken = accessToken;
  }

  /** Resolves with the whole answer, whatever its status. */
  send({ method, path, body }: RestRequest): Promise<RestAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#accessToken}`,
      ...(text === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<RestAnswer>();
    const sent = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, (response) => {
      let received = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (received += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: received }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(text);
    return promise;
  }

  /** Returns the body of an answer of 2xx as text. Throws for any other. */
  async call(sent: RestRequest): Promise<string> {
    const { status, body } = await this.send(sent);
    if (status >= 200 && status < 300) return body;
    throw new Error(`${sent.method} ${sent.path} answered ${status}: ${body}`);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
