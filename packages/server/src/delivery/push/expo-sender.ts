import { z } from "zod";
import type { ExpoConfig } from "./config.ts";
import { maxTtlSeconds, secondsToLive } from "./delivery-headers.ts";
import { ExpoClient, ExpoRefusal } from "./expo-client.ts";
import { judgeReceipt, judgeTicket } from "./expo-response.ts";
import type { ServiceSenderOptions } from "./fcm-sender.ts";
import { AttemptFailure, deadToken, refused, retryService } from "./outcome.ts";
import { eachContent } from "./prepared-content.ts";
import type { PushContent, PushMessage, PushOutcome, PushSender, PushServiceSender } from "./push-sender.ts";

/** The most messages of a request. */
const maxMessages = 100;

/** The most receipts of a request. */
const maxReceipts = 300;

/** The most bytes of what Apple and Google get of a message. */
const maxPayloadBytes = 4096;

/** Sends by Expo's push service, which hands on to Apple and Google. */
export function createExpoSender(
  config: ExpoConfig,
  options: ServiceSenderOptions,
): PushServiceSender & Pick<PushSender, "readReceipts"> {
  const client = new ExpoClient(config, options);

  /** Expo refuses all messages of a request for one, such as a token of another project. Then halves are sent apart. */
  async function sendChunk(messages: readonly ExpoMessage[], signal: AbortSignal): Promise<readonly PushOutcome[]> {
    try {
      return outcomesOf(await client.send(messages, signal), messages.length);
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error;
      const { outcome } = error;
      if (!(error instanceof ExpoRefusal) || messages.length === 1) return messages.map(() => outcome);
      const middle = Math.ceil(messages.length / 2);
      const halves = [messages.slice(0, middle), messages.slice(middle)];
      return (await Promise.all(halves.map((half) => sendChunk(half, signal)))).flat();
    }
  }

  return {
    async send(messages, signal) {
      const prepare = eachContent((content) => toExpoContent(content, options.clock.now()));
      const prepared = messages.map((message) => toExpoMessage(message, prepare(message.content)));
      const sendable = prepared.filter((each) => "to" in each);
      const chunks = chunksOf(sendable, maxMessages);
      const outcomes = (await Promise.all(chunks.map((chunk) => sendChunk(chunk, signal)))).flat().values();
      return prepared.map((each) => ("to" in each ? (outcomes.next().value ?? unintelligible) : each));
    },

    async readReceipts(ids, signal) {
      const chunks = chunksOf(ids, maxReceipts);
      const read = chunks.map(async (chunk) => {
        const answer = await client.readReceipts(chunk, signal).catch((error: unknown) => {
          if (error instanceof AttemptFailure) return undefined;
          throw error;
        });
        const receipts = new Map(Object.entries(receiptsSchema.safeParse(answer).data?.data ?? {}));
        return chunk.map((id) => judgeReceipt(receipts.get(id)));
      });
      return (await Promise.all(read)).flat();
    },

    close: async () => undefined,
  };
}

const unintelligible = retryService("the answer is not one of Expo's");

// Each ticket and each receipt is parsed by itself: one that is malformed says nothing about the others.
const ticketsSchema = z.object({ data: z.array(z.unknown()) });

const receiptsSchema = z.object({ data: z.record(z.string(), z.unknown()) });

function outcomesOf(answer: unknown, count: number): readonly PushOutcome[] {
  const tickets = ticketsSchema.safeParse(answer).data?.data;
  if (tickets?.length !== count) return Array.from({ length: count }, () => unintelligible);
  return tickets.map(judgeTicket);
}

type ExpoContent = ReturnType<typeof toExpoContent>;

type ExpoMessage = { readonly to: string };

/**
 * Maps content to a message (https://docs.expo.dev/push-notifications/sending-notifications/#message-request-format). Expo has
 * no field for the collapse key.
 */
function toExpoContent(content: PushContent, now: Date) {
  const { title, body, imageUrl, link, priority } = content;
  const shown = {
    title,
    body,
    data: { ...content.data, ...(link === undefined ? {} : { link }) },
    ...(imageUrl === undefined ? {} : { richContent: { image: imageUrl }, mutableContent: true }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(shown));
  if (bytes > maxPayloadBytes) return { tooLarge: `${bytes} bytes; Expo takes ${maxPayloadBytes}` };
  return {
    ...shown,
    sound: "default",
    priority,
    ttl: secondsToLive(content.expiresAt, { now, maxSeconds: maxTtlSeconds }),
  };
}

/** The forms that Expo's own clients take for a token. */
const tokenPattern =
  /^((ExponentPushToken|ExpoPushToken)\[[^\][]{1,200}\]|[a-z\d]{8}-[a-z\d]{4}-[a-z\d]{4}-[a-z\d]{4}-[a-z\d]{12})$/i;

function toExpoMessage({ target: { token } }: PushMessage, content: ExpoContent): ExpoMessage | PushOutcome {
  if (!tokenPattern.test(token)) return deadToken("not a token of Expo");
  return "tooLarge" in content ? refused(content.tooLarge) : { to: token, ...content };
}

function chunksOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
