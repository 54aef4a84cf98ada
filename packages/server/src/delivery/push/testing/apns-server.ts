import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { z } from "zod";
import { BoundedMap } from "../../../bounded-map.ts";
import { type Clock, systemClock } from "../../../clock.ts";
import { type AnswerScript, playScript } from "./answer-script.ts";
import {
  type Http2TestServer,
  type ListenOptions,
  type Misbehaviour,
  type ReceivedRequest,
  type Reply,
  startHttp2Server,
} from "./http2-server.ts";

interface ApnsOptions extends ListenOptions {
  /** Answers by device token. Default: every message is accepted. */
  readonly answers?: AnswerScript;
  /** Whether accepted messages are kept, rather than counted alone. Default true. */
  readonly keepsMessages?: boolean;
  /** By which provider tokens expire. Default: the machine's. */
  readonly clock?: Clock;
}

/** An accepted message. */
interface ApnsTestMessage {
  readonly deviceToken: string;
  readonly headers: z.output<typeof headersSchema>;
  readonly payload: z.output<typeof payloadSchema>;
}

/** A running APNs. */
export interface ApnsServer extends Http2TestServer {
  /** The settings of a sender, by their variables. */
  readonly settings: {
    readonly APNS_KEY: string;
    readonly APNS_KEY_ID: string;
    readonly APNS_TEAM_ID: string;
    readonly APNS_TOPIC: string;
  };
  readonly messages: readonly ApnsTestMessage[];
  readonly accepted: () => number;
  /** Different provider tokens that were valid so far. */
  readonly providerTokens: () => number;
  /** Makes APNs call all provider tokens so far expired. */
  readonly expireProviderTokens: () => void;
}

const topic = "com.example.app";
const keyId = "ABC1234DEF";
const teamId = "DEF1234GHI";

const headersSchema = z.object({
  "apns-topic": z.literal(topic),
  "apns-push-type": z.enum(["alert", "background"]),
  "apns-priority": z.enum(["1", "5", "10"]),
  "apns-expiration": z.string().regex(/^\d+$/),
  "apns-id": z.uuid(),
  "apns-collapse-id": z
    .string()
    .refine((id) => Buffer.byteLength(id) <= 64)
    .optional(),
});

const payloadSchema = z.looseObject({
  aps: z.looseObject({ alert: z.strictObject({ title: z.string(), body: z.string() }) }),
});

/** Writes an error as APNs does. */
export function apnsError(status: number, reason: string, more: object = {}): Reply {
  return { status, body: JSON.stringify({ reason, ...more }) };
}

/** Starts an APNs on this machine, with a key of its own. */
export async function startApns(options: ApnsOptions = {}): Promise<ApnsServer> {
  const { answers = {}, keepsMessages = true, clock = systemClock } = options;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey);
  const nextAnswer = playScript(answers);
  const messages: ApnsTestMessage[] = [];
  const tokens = new Map<string, "valid" | "expired">();
  const payloads = new BoundedMap<string, z.output<typeof payloadSchema>>(1000);
  let accepted = 0;

  /** Verifies a token once: the signature costs more than the rest of a request. */
  const verify = async (token: string): Promise<boolean> => {
    const age = { requiredClaims: ["iat"], maxTokenAge: "1h", currentDate: clock.now() };
    const rules = { issuer: teamId, algorithms: ["ES256"], ...age };
    const verified = await jwtVerify(token, publicKey, rules).catch(() => undefined);
    if (verified?.protectedHeader.kid !== keyId) return false;
    tokens.set(token, tokens.get(token) ?? "valid");
    return true;
  };

  /** Checks a payload once: messages of a notification have the same, and a benchmark sends a million of them. */
  const readPayload = (body: string) => {
    const payload = payloadSchema.safeParse(JSON.parse(body)).data;
    if (payload !== undefined) payloads.set(body, payload);
    return payload;
  };

  const judge = ({ method, path, headers, body }: ReceivedRequest): Reply | Misbehaviour => {
    const [, deviceToken = ""] = /^\/3\/device\/([0-9a-f]+)$/i.exec(path) ?? [];
    if (method !== "POST" || deviceToken === "") return apnsError(404, "BadPath");
    if (Buffer.byteLength(body) > 4096) return apnsError(413, "PayloadTooLarge");
    const read = headersSchema.safeParse(headers).data;
    const payload = payloads.get(body) ?? readPayload(body);
    if (read === undefined || payload === undefined) return apnsError(400, "BadMessage");
    const answer = nextAnswer(deviceToken);
    if (answer !== undefined) return answer;
    accepted += 1;
    if (keepsMessages) messages.push({ deviceToken, headers: read, payload });
    return { status: 200, headers: { "apns-id": read["apns-id"] } };
  };

  const handle = (request: ReceivedRequest) => {
    const [, token = ""] = /^bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const state = tokens.get(token);
    if (state === "valid") return judge(request);
    if (state === "expired") return apnsError(403, "ExpiredProviderToken");
    return verify(token).then((isValid) => (isValid ? judge(request) : apnsError(403, "InvalidProviderToken")));
  };

  const server = await startHttp2Server(handle, options);
  return {
    ...server,
    settings: {
      APNS_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      APNS_KEY_ID: keyId,
      APNS_TEAM_ID: teamId,
      APNS_TOPIC: topic,
    },
    messages,
    accepted: () => accepted,
    providerTokens: () => tokens.size,
    expireProviderTokens: () => {
      for (const token of tokens.keys()) tokens.set(token, "expired");
    },
  };
}
