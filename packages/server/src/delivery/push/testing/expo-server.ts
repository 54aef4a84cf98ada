import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { z } from "zod";
import type { Misbehaviour, Reply } from "./http2-server.ts";

interface ExpoOptions {
  /** The errors of tokens, in tickets. Default: none. */
  readonly ticketErrors?: Readonly<Record<string, string>>;
  /** The errors of tokens, in receipts. Default: none. */
  readonly receiptErrors?: Readonly<Record<string, string>>;
  /** Tokens of another project. Expo refuses requests that mix projects. Default: none. */
  readonly foreignTokens?: readonly string[];
  /** Answers to the first requests to send. Default: none. */
  readonly answers?: readonly (Reply | Misbehaviour)[];
}

const messageSchema = z.strictObject({
  to: z.string(),
  title: z.string(),
  body: z.string(),
  data: z.record(z.string(), z.string()),
  sound: z.literal("default"),
  priority: z.enum(["default", "normal", "high"]),
  ttl: z.int().min(0),
  richContent: z.strictObject({ image: z.url() }).optional(),
  mutableContent: z.boolean().optional(),
});

const messagesSchema = z.array(messageSchema).min(1).max(100);

const receiptsSchema = z.strictObject({ ids: z.array(z.string()).max(300) });

/** A running push service of Expo. */
interface ExpoServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly messages: readonly z.output<typeof messageSchema>[];
  /** The number of messages in each request to send. */
  readonly requestSizes: readonly number[];
}

/** The token of Expo that {@link startExpo} wants. */
export const expoAccessToken = "an-access-token-of-expo";

/** Starts a push service of Expo on this machine. The id of a receipt is the token, so that tests can read it. */
export async function startExpo(options: ExpoOptions = {}): Promise<ExpoServer> {
  const { ticketErrors = {}, receiptErrors = {}, foreignTokens = [], answers = [] } = options;
  const script = [...answers];
  const messages: z.output<typeof messageSchema>[] = [];
  const requestSizes: number[] = [];

  const send = (body: unknown): Reply | Misbehaviour => {
    const sent = messagesSchema.safeParse(body).data;
    requestSizes.push(Array.isArray(body) ? body.length : 0);
    if (sent === undefined) return refusal(400, "VALIDATION_ERROR");
    const answer = script.shift();
    if (answer !== undefined) return answer;
    const isForeign = ({ to }: { readonly to: string }) => foreignTokens.includes(to);
    if (sent.some(isForeign) && !sent.every(isForeign)) return refusal(400, "PUSH_TOO_MANY_EXPERIENCE_IDS");
    const tickets = sent.map(({ to }) => ticketOf(to, ticketErrors[to]));
    messages.push(...sent.filter(({ to }) => ticketErrors[to] === undefined));
    return { status: 200, body: JSON.stringify({ data: tickets }) };
  };

  const read = (body: unknown): Reply => {
    const ids = receiptsSchema.safeParse(body).data?.ids;
    if (ids === undefined) return refusal(400, "VALIDATION_ERROR");
    const known = ids.filter((id) => messages.some(({ to }) => `receipt-of-${to}` === id));
    const receipts = known.map((id) => [id, receiptOf(receiptErrors[id.replace("receipt-of-", "")])]);
    return { status: 200, body: JSON.stringify({ data: Object.fromEntries(receipts) }) };
  };

  const handle = async (request: IncomingMessage): Promise<Reply | Misbehaviour> => {
    if (request.headers.authorization !== `Bearer ${expoAccessToken}`) return refusal(401, "UNAUTHORIZED");
    const body = await json(request);
    if (request.url === "/--/api/v2/push/send") return send(body);
    return request.url === "/--/api/v2/push/getReceipts" ? read(body) : refusal(404, "NOT_FOUND");
  };

  const server = createServer(async (request, response) => {
    const decision = await handle(request);
    if (decision === "silence") return;
    if (typeof decision === "string") response.destroy();
    else response.writeHead(decision.status, decision.headers).end(decision.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    messages,
    requestSizes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refusal(status: number, code: string): Reply {
  return { status, body: JSON.stringify({ errors: [{ code, message: "An error" }] }) };
}

function ticketOf(token: string, error: string | undefined) {
  return error === undefined ? { status: "ok", id: `receipt-of-${token}` } : failure(error);
}

function receiptOf(error: string | undefined) {
  return error === undefined ? { status: "ok" } : failure(error);
}

function failure(error: string) {
  return { status: "error", message: "An error", details: { error } };
}
