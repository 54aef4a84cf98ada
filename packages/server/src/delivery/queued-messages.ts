import type { ResealedValue, SealedData, SealedValue } from "../encryption/sealed-data.ts";
import { type MessageKind, messageContext } from "./sealed-message.ts";
import { listQueuedMessages, listQueuedVersions, type QueuedMessage, replaceQueuedMessages } from "./store.ts";

/** The sealed messages in the queue and among the dead letters, by the names of their jobs. */
export function queuedMessages(kinds: Readonly<Record<string, MessageKind>>): SealedData {
  const jobs = Object.keys(kinds);
  return {
    name: "queued messages",
    listVersions: (db) => listQueuedVersions(db, jobs),
    async list(db, { version, limit, exceptIds = [] }) {
      const messages = await listQueuedMessages(db, { jobs, version, limit, exceptIds });
      return messages.map((message) => toSealedValue(message, kinds[message.job]));
    },
    replace: (db, values) => replaceQueuedMessages(db, jobs, values.map(encodeBoth)),
  };
}

function toSealedValue({ id, messageId, sealed }: QueuedMessage, kind: MessageKind | undefined): SealedValue {
  const context = kind === undefined ? "" : messageContext(kind, messageId);
  return { id, context, sealed: Buffer.from(sealed, "base64") };
}

const encodeBoth = ({ id, sealed, resealed }: ResealedValue) => ({
  id,
  sealed: encode(sealed),
  resealed: encode(resealed),
});

const encode = (sealed: Uint8Array) => Buffer.from(sealed).toString("base64");
