import { createECDH, createPublicKey, type ECDH, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { jwtVerify } from "jose";
import { z } from "zod";
import { type AnswerScript, playScript } from "./answer-script.ts";
import { type BrowserKeys, decryptText } from "./decrypt-text.ts";
import type { Misbehaviour, Reply } from "./http2-server.ts";

interface WebPushOptions {
  /** Answers by subscription, as {@link WebPushServer.subscribe} names it. Default: every message is accepted. */
  readonly answers?: AnswerScript;
  /** Whether it speaks TLS, with the certificate of the mail server's tests. Default no. */
  readonly isSecure?: boolean;
}

/** An accepted message, decrypted. */
interface WebPushTestMessage {
  readonly subscription: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A running push service of a browser. */
export interface WebPushServer extends AsyncDisposable {
  readonly origin: string;
  readonly messages: readonly WebPushTestMessage[];
  /** Requests so far. */
  readonly requests: () => number;
  /** Subscribes a browser, and returns the subscription as JSON. Only the sender with this public key may send. */
  subscribe(name: string, applicationServerKey: string): string;
}

const certificates = new URL("../../email/testing/", import.meta.url);

/** Seconds of RFC 8292: a token may be valid for a day. */
const maxTokenSeconds = 24 * 60 * 60;

const headersSchema = z.looseObject({
  ttl: z.string().regex(/^\d+$/),
  "content-encoding": z.literal("aes128gcm"),
  urgency: z.enum(["very-low", "low", "normal", "high"]).optional(),
  topic: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .optional(),
});

interface Subscriber extends BrowserKeys {
  readonly keys: ECDH;
  readonly applicationServerKey: string;
}

/** Starts a push service of browsers on this machine. It decrypts what it gets, as no real one could. */
export async function startWebPush({ answers = {}, isSecure = false }: WebPushOptions = {}): Promise<WebPushServer> {
  const nextAnswer = playScript(answers);
  const messages: WebPushTestMessage[] = [];
  const subscribers = new Map<string, Subscriber>();
  let requests = 0;

  const receive = async (request: IncomingMessage): Promise<Reply | Misbehaviour> => {
    requests += 1;
    const body = await buffer(request);
    const subscription = request.url?.replace("/push/", "") ?? "";
    const subscriber = subscribers.get(subscription);
    if (request.method !== "POST" || subscriber === undefined) return { status: 404 };
    if (!headersSchema.safeParse(request.headers).success) return { status: 400 };
    if (body.length > 4096) return { status: 413 };
    const sender = await senderOf(request.headers.authorization ?? "", origin);
    if (sender === undefined) return { status: 401 };
    if (sender !== subscriber.applicationServerKey) return { status: 403 };
    const answer = nextAnswer(subscription);
    if (answer !== undefined) return answer;
    messages.push({ subscription, headers: request.headers, text: decryptText(body, subscriber).toString() });
    return { status: 201, headers: { location: `${origin}/message/${randomUUID()}` } };
  };

  const listener = async (request: IncomingMessage, response: ServerResponse) => act(response, await receive(request));
  const server = isSecure ? createSecureServer(certificate(), listener) : createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  const origin = `${isSecure ? "https://localhost" : "http://127.0.0.1"}:${port}`;
  return {
    origin,
    messages,
    requests: () => requests,
    subscribe(name, applicationServerKey) {
      const keys = createECDH("prime256v1");
      const p256dh = keys.generateKeys("base64url");
      const authSecret = randomBytes(16);
      subscribers.set(name, { keys, authSecret, applicationServerKey });
      const encoded = { p256dh, auth: authSecret.toString("base64url") };
      return JSON.stringify({ endpoint: `${origin}/push/${name}`, expirationTime: null, keys: encoded });
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function certificate() {
  return {
    cert: readFileSync(new URL("test-only-certificate.pem", certificates)),
    key: readFileSync(new URL("test-only-key.pem", certificates)),
  };
}

/** Returns the public key of the sender if the header proves it (RFC 8292); `undefined` otherwise. */
async function senderOf(authorization: string, origin: string): Promise<string | undefined> {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
  const point = Buffer.from(key, "base64url");
  const x = point.toString("base64url", 1, 33);
  const y = point.toString("base64url", 33);
  try {
    const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
    const rules = { audience: origin, algorithms: ["ES256"], requiredClaims: ["exp", "sub"] };
    const { payload } = await jwtVerify(token, publicKey, rules);
    return (payload.exp ?? 0) <= Date.now() / 1000 + maxTokenSeconds ? key : undefined;
  } catch {
    return undefined;
  }
}

function act(response: ServerResponse, decision: Reply | Misbehaviour): void {
  if (decision === "silence") return;
  if (typeof decision === "string") return void response.destroy();
  response.writeHead(decision.status, decision.headers).end(decision.body);
}
