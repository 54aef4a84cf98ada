import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import type { MailSender } from "../email/mail-sender.ts";
import { aborted, sent } from "../push/outcome.ts";
import type { PushMessage, PushOutcome, PushServiceSender, PushTarget } from "../push/push-sender.ts";
import type { SmsSender } from "../sms/sms-sender.ts";
import {
  deleteAllButNewest,
  findOutboxMessage,
  insertOutboxMessage,
  listOutboxMessages,
  type OutboxRow,
} from "./store.ts";

interface OutboxDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/** Messages kept in the outbox; older ones are deleted. */
const maxOutboxMessages = 300;

/** The characters of a push token that the outbox shows. */
const shownCharacters = 8;

/** Writes mails to the outbox instead of sending them. */
export function createOutboxMailSender(deps: OutboxDeps): MailSender {
  return {
    send: ({ id, to, template, subject, html, text }) =>
      keep(deps, { kind: "mail", message_id: id, recipient: to, template, subject, html, text }),
  };
}

/** Writes text messages to the outbox instead of sending them. */
export function createOutboxSmsSender(deps: OutboxDeps): SmsSender {
  return {
    send: ({ id, to, template, text }) =>
      keep(deps, { kind: "sms", message_id: id, recipient: to, template, subject: null, html: null, text }),
  };
}

/** Writes push messages to the outbox instead of sending them. */
export function createOutboxPushSender(deps: OutboxDeps): PushServiceSender {
  return {
    async send(messages, signal) {
      const outcomes: PushOutcome[] = [];
      for (const message of messages) {
        if (!signal.aborted) await keep(deps, toOutboxMessage(message));
        outcomes.push(signal.aborted ? aborted : sent);
      }
      return outcomes;
    },
    close: async () => undefined,
  };
}

function toOutboxMessage({ id, target, content }: PushMessage): Omit<OutboxRow, "id" | "created_at"> {
  const { title, body, link, imageUrl, data } = content;
  const facts = {
    ...(link === undefined ? {} : { link }),
    ...(imageUrl === undefined ? {} : { image: imageUrl }),
    ...data,
  };
  const lines = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return {
    kind: "push",
    message_id: id,
    recipient: recipientOf(target),
    template: target.service,
    subject: title,
    html: null,
    text: [body, ...(lines.length === 0 ? [] : ["", ...lines])].join("\n"),
  };
}

/** So much of a token as tells two devices apart, and lets nobody send to them. */
function recipientOf({ token }: PushTarget): string {
  return token.length > 2 * shownCharacters ? `${token.slice(0, shownCharacters)}…` : "…";
}

async function keep(deps: OutboxDeps, message: Omit<OutboxRow, "id" | "created_at">): Promise<void> {
  await insertOutboxMessage(deps.db, { ...message, created_at: deps.clock.now() });
  await deleteAllButNewest(deps.db, maxOutboxMessages);
}

/** Lists the messages of the outbox, the newest first. */
export async function listOutbox({ db }: Pick<OutboxDeps, "db">): Promise<readonly OutboxRow[]> {
  return await listOutboxMessages(db, maxOutboxMessages);
}

/** Finds a message by the id under which it was enqueued. */
export async function readOutbox({ db }: Pick<OutboxDeps, "db">, messageId: string): Promise<OutboxRow | undefined> {
  return await findOutboxMessage(db, messageId);
}
