import { createPublicKey, generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { jwtVerify } from "jose";
import { z } from "zod";
import { BoundedMap } from "../../../bounded-map.ts";
import { type AnswerScript, playScript } from "./answer-script.ts";
import {
  type Http2TestServer,
  type ListenOptions,
  type ReceivedRequest,
  type Reply,
  startHttp2Server,
} from "./http2-server.ts";

interface FcmOptions extends ListenOptions {
  /** Answers by registration token. Default: every message is accepted. */
  readonly answers?: AnswerScript;
  /** Whether accepted messages are kept, rather than counted alone. Default true. */
  readonly keepsMessages?: boolean;
}

/** A running FCM. */
export interface FcmServer extends Http2TestServer {
  /** For `FCM_SERVICE_ACCOUNT`, as JSON text. */
  readonly serviceAccount: string;
  /** Accepted messages, with their registration tokens. */
  readonly messages: readonly FcmTestMessage[];
  /** How many messages were accepted. */
  readonly accepted: () => number;
  /** Access tokens issued so far. */
  readonly issued: () => number;
  /** Makes FCM refuse all access tokens issued so far. */
  readonly expireAccessTokens: () => void;
}

const projectId = "gatehouse-test";

const texts = z.record(z.string(), z.string());

/** The message as FCM documents it, as far as this server sends it. FCM refuses unknown fields, so this does. */
const messageSchema = z.strictObject({
  token: z.string(),
  notification: z.strictObject({ title: z.string(), body: z.string(), image: z.url().optional() }),
  data: texts,
  android: z.strictObject({
    priority: z.enum(["NORMAL", "HIGH"]),
    ttl: z.string().regex(/^\d+s$/),
    collapse_key: z.string().optional(),
    notification: z.strictObject({ tag: z.string() }).optional(),
  }),
  apns: z.strictObject({ headers: texts, payload: z.object({ aps: z.record(z.string(), z.unknown()) }) }),
  webpush: z.strictObject({
    headers: texts,
    fcm_options: z.strictObject({ link: z.url({ protocol: /^https$/ }) }).optional(),
  }),
});

type FcmTestMessage = z.output<typeof messageSchema>;

const requestSchema = z.strictObject({ message: messageSchema });

/** Writes an error as Google's APIs do. */
export function fcmError(
  status: number,
  name: string,
  { errorCode, message = "An error" }: { readonly errorCode?: string; readonly message?: string } = {},
): Reply {
  const details =
    errorCode === undefined ? [] : [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode }];
  return { status, body: JSON.stringify({ error: { code: status, message, status: name, details } }) };
}

/** What FCM answers about tokens of apps that were removed. */
export const unregistered = fcmError(404, "NOT_FOUND", {
  errorCode: "UNREGISTERED",
  message: "Requested entity was not found.",
});

/** Starts an FCM on this machine, with a project, a service account and the server of its access tokens. */
export async function startFcm(options: FcmOptions = {}): Promise<FcmServer> {
  const { answers = {}, keepsMessages = true } = options;
  const nextAnswer = playScript(answers);
  const messages: FcmTestMessage[] = [];
  const reader = new MessageReader(keepsMessages);
  let accepted = 0;
  const oauth = await startTokenServer();

  const handle = ({ method, path, headers, body }: ReceivedRequest) => {
    if (method !== "POST" || path !== `/v1/projects/${projectId}/messages:send`) return fcmError(404, "NOT_FOUND");
    const [, token = ""] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
    if (!oauth.isValid(token)) return fcmError(401, "UNAUTHENTICATED");
    const read = reader.read(body);
    if (read.wrong !== undefined) return read.wrong;
    const answer = nextAnswer(read.token);
    if (answer !== undefined) return answer;
    accepted += 1;
    if (read.message !== undefined) messages.push(read.message);
    return { status: 200, body: `{"name":"projects/${projectId}/messages/${accepted}"}` };
  };

  const server = await startHttp2Server(handle, options);
  return {
    ...server,
    serviceAccount: oauth.serviceAccount,
    messages,
    accepted: () => accepted,
    issued: oauth.issued,
    expireAccessTokens: oauth.expireAll,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await oauth.close();
    },
  };
}

type ReadMessage =
  | { readonly wrong: Reply }
  | { readonly wrong?: undefined; readonly token: string; readonly message?: FcmTestMessage };

/**
 * Reads messages and checks them. Messages of a notification differ in the token alone, so where none is kept the rest is checked
 * once: a benchmark sends a million of them.
 */
class MessageReader {
  readonly #keepsAll: boolean;
  readonly #right = new BoundedMap<string, true>(1000);

  constructor(keepsAll: boolean) {
    this.#keepsAll = keepsAll;
  }

  read(body: string): ReadMessage {
    const [, token = "null", rest = body] = /^\{"message":\{"token":("(?:[^"\\]|\\.)*"),(.*)$/s.exec(body) ?? [];
    if (this.#right.has(rest)) return { token: String(JSON.parse(token)) };
    const message = requestSchema.safeParse(JSON.parse(body)).data?.message;
    if (message === undefined) return { wrong: badMessage };
    if (sizeOf(message) > 4096) return { wrong: tooBig };
    if (this.#keepsAll) return { token: message.token, message };
    if (rest !== body) this.#right.set(rest, true);
    return { token: message.token };
  }
}

const badMessage: Reply = {
  status: 400,
  body: JSON.stringify({
    error: {
      code: 400,
      message: "Invalid value at 'message'",
      status: "INVALID_ARGUMENT",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "message", description: "Invalid value" }],
        },
      ],
    },
  }),
};

const tooBig = fcmError(400, "INVALID_ARGUMENT", {
  errorCode: "INVALID_ARGUMENT",
  message: "Android message is too big",
});

function sizeOf({ notification, data }: FcmTestMessage): number {
  const all = { ...notification, ...data };
  return Object.entries(all).reduce((sum, entry) => sum + Buffer.byteLength(entry.join("")), 0);
}

const assertionSchema = z.object({
  grant_type: z.literal("urn:ietf:params:oauth:grant-type:jwt-bearer"),
  assertion: z.string(),
});

async function startTokenServer() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const email = `sender@${projectId}.iam.gserviceaccount.com`;
  const tokens = new Set<string>();
  let issued = 0;
  const server = createServer(async (request, response) => {
    const form = assertionSchema.safeParse(Object.fromEntries(new URLSearchParams(await text(request)))).data;
    const rules = { issuer: email, audience: url, algorithms: ["RS256"], requiredClaims: ["iat", "exp"] };
    const verified = await jwtVerify(form?.assertion ?? "", createPublicKey(privateKey), rules).catch(() => undefined);
    if (verified?.payload["scope"] !== "https://www.googleapis.com/auth/firebase.messaging") {
      return response.writeHead(400).end('{"error":"invalid_grant"}');
    }
    issued += 1;
    const token = `ya29.${randomUUID()}`;
    tokens.add(token);
    return response.end(JSON.stringify({ access_token: token, expires_in: 3599, token_type: "Bearer" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/token`;
  return {
    serviceAccount: JSON.stringify({
      type: "service_account",
      project_id: projectId,
      private_key_id: "0123456789abcdef",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: email,
      token_uri: url,
    }),
    isValid: (token: string) => tokens.has(token),
    issued: () => issued,
    expireAll: () => tokens.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
