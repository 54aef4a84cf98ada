import type { Clock } from "../../clock.ts";
import type { Database } from "../../database/connection.ts";
import type { MailSender } from "../email/mail-sender.ts";
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
