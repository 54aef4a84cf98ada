import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** The account that {@link startTwilio} knows. */
export const accountSid = `AC${"0123456789abcdef".repeat(2)}`;

/** The token of {@link accountSid}. */
export const authToken = "a-token-of-twilio";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface TwilioServer extends AsyncDisposable {
  readonly baseUrl: string;
  /** Requests with the right credentials. */
  readonly requests: readonly { readonly path: string | undefined; readonly form: Record<string, string> }[];
}

const accepted: Answer = { status: 201, body: '{"sid":"SM0","status":"queued"}' };

/**
 * Starts a server that speaks Twilio's API as documented. To requests with the right credentials it sends each given answer
 * once, and then accepts every message.
 */
export async function startTwilio(...answers: Answer[]): Promise<TwilioServer> {
  const requests: { path: string | undefined; form: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    if (!isFromAccount(request)) return response.writeHead(401).end('{"code":20003,"message":"Authenticate"}');
    requests.push({ path: request.url, form });
    const { status, headers, body } = answers.shift() ?? accepted;
    return response.writeHead(status, headers).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    baseUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isFromAccount({ method, headers }: IncomingMessage): boolean {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return method === "POST" && isForm && headers.authorization === expected;
}
