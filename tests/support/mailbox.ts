import { expect, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { OutboxRow } from "../../packages/server/src/delivery/outbox/store.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { patience } from "./patience.ts";

/** A message as its recipient gets it. */
export type Message = Pick<OutboxRow, "id" | "template" | "subject" | "text">;

/** Waits for the newest message of this template to this address or number. */
export async function receive(server: TestGatehouse, to: string, template: string): Promise<Message> {
  return await vi.waitFor(async () => {
    const found = (await messagesTo(server, to)).find((message) => message.template === template);
    if (found === undefined) throw new Error(`No message ${template} has come to ${to}`);
    return found;
  }, patience);
}

/** Everything that was sent to this address or number, the newest first. */
export async function messagesTo({ gatehouse }: TestGatehouse, to: string): Promise<readonly Message[]> {
  return await gatehouse.deps.db
    .selectFrom("outbox_message")
    .select(["id", "template", "subject", "text"])
    .where("recipient", "=", to)
    .orderBy("id", "desc")
    .execute();
}

/**
 * Waits until only mails that wait for their turn are left in the queue, so that no further message arrives for now.
 */
export async function settle({ gatehouse }: TestGatehouse): Promise<void> {
  await vi.waitFor(async () => {
    const open = `select name from pgboss.job
      where state in ('retry', 'active') or (state = 'created' and (name not in ('send-mail-later', 'enable-user', 'reset-second-factors') or start_after <= now()))`;
    expect(await runSql(gatehouse.deps.db, open)).toMatchObject({ rows: [] });
  }, patience);
}

/** The queue uses the database's clock, which a test cannot move. Its workers look at once, as they do for a new job. */
const makeDue = `with moved as (update pgboss.job set start_after = now()
    where name = 'send-mail-later' and state = 'created' returning name)
  select pg_notify('pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24), name) from moved`;

/** Moves the clock to the turns of the waiting mails, each after the given seconds, and waits until they are sent. */
export async function reachTurns(server: TestGatehouse, seconds: number): Promise<void> {
  // A turn counts from the time at which the job of its request finds it.
  await settle(server);
  server.clock.advance(seconds);
  // A job that ran while the test's clock moved waits again.
  for (let round = 0; round < 2; round++) {
    await runSql(server.gatehouse.deps.db, makeDue);
    await settle(server);
  }
}

/** The token in a message's link. */
export function tokenIn({ text }: Pick<Message, "text">): string {
  const [, token] = /#token=([A-Za-z0-9_-]{43})/.exec(text) ?? [];
  if (token === undefined) throw new Error(`No link with a token in: ${text}`);
  return token;
}

/** The six digits in a message. */
export function codeIn({ text }: Pick<Message, "text">): string {
  const [code] = /\b\d{6}\b/.exec(text) ?? [];
  if (code === undefined) throw new Error(`No code in: ${text}`);
  return code;
}

/** Waits for a message with a link, and reads its token. */
export async function receiveToken(server: TestGatehouse, to: string, template: string): Promise<string> {
  return tokenIn(await receive(server, to, template));
}
