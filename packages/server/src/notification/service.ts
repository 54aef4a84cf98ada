import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { Principal } from "../auth/session/actor.ts";
import { addSeconds, daySeconds } from "../clock.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { findGroup } from "../group/store.ts";
import { readPage } from "../list-page.ts";
import {
  isSameContent,
  type NotificationContent,
  openContent,
  type SendInput,
  sealContent,
  toContent,
} from "./content.ts";
import type { listNotificationsInput, listNotificationsOutput, notificationSchema } from "./schema.ts";
import {
  cancelRow,
  findNotification,
  findNotificationByKey,
  insertNotification,
  listNotificationRows,
  type NotificationRow,
} from "./store.ts";

/** What sending notifications needs. */
export interface NotificationDeps extends AuditDeps {
  readonly db: Database;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
}

/** How far ahead a notification can be scheduled, in seconds. */
const maxAheadSeconds = 366 * daySeconds;

/**
 * Accepts a notification, which workers then deliver. A repeated call with the same idempotency key returns the same id and sends
 * nothing more. Throws `INVALID_INPUT` for a time that is too far ahead or a group that does not exist, and
 * `IDEMPOTENCY_KEY_REUSED` if the caller used the key for another notification.
 */
export async function sendNotification(
  deps: NotificationDeps,
  actor: Principal,
  input: SendInput,
): Promise<{ id: string }> {
  const { idempotencyKey: key } = input;
  const content = toContent(input);
  const sent = await inTransaction(deps.db, async (trx) => {
    const row = await insertContent(deps, trx, { senderId: actor.userPublicId, key, content });
    if (row === undefined) return undefined;
    // Only now: a repeated call gets the same answer, though its group is gone meanwhile.
    await assertSendable({ ...deps, db: trx }, input);
    const details = { audience: content.audience.kind, sendAt: content.sendAt };
    const event = { action: "notification.sent", kind: "notification", targetId: row.public_id } as const;
    await recordEvent(deps, trx, { ...event, details });
    return { id: row.public_id };
  });
  return sent ?? (await findRepeated(deps, { senderId: actor.userPublicId, key, content }));
}

/** A notification to be stored. */
export interface NewNotification {
  /** The public id of the account that sends it. */
  readonly senderId: string;
  readonly key: string | undefined;
  readonly content: NotificationContent;
  /** Default: no test. */
  readonly isTest?: boolean;
}

/** Stores a notification; returns `undefined` if its sender has used the key. */
export async function insertContent(
  deps: Omit<NotificationDeps, "call" | "db">,
  trx: DatabaseTransaction,
  { senderId, key, content, isTest = false }: NewNotification,
): Promise<NotificationRow | undefined> {
  const [id, now] = [deps.random.uuid(), deps.clock.now()];
  const asked = new Date(content.sendAt ?? now);
  const isLater = asked > now;
  const sendAt = isLater ? asked : now;
  const { kind } = content.audience;
  return await insertNotification(trx, {
    public_id: id,
    sender_id: senderId,
    idempotency_key: key ?? null,
    content: sealContent(deps, id, content),
    is_test: isTest,
    is_bulk: kind !== "users" && kind !== "devices",
    status: isLater ? "scheduled" : "sending",
    created_at: now,
    send_at: sendAt,
    expires_at: addSeconds(sendAt, content.timeToLiveSeconds),
  });
}

async function assertSendable({ db, clock }: NotificationDeps, { sendAt, audience }: SendInput): Promise<void> {
  const wrong = (path: string, message: string) => new GatehouseError("INVALID_INPUT", { errors: [{ path, message }] });
  if (sendAt !== undefined && sendAt > addSeconds(clock.now(), maxAheadSeconds)) {
    throw wrong("sendAt", "Must be within a year");
  }
  if (audience.group !== undefined && (await findGroup(db, audience.group)) === undefined) {
    throw wrong("audience.group", "There is no such group");
  }
}

async function findRepeated(
  deps: NotificationDeps,
  { senderId, key, content }: NewNotification,
): Promise<{ id: string }> {
  const row = key === undefined ? undefined : await findNotificationByKey(deps.db, { senderId, key });
  if (row === undefined) throw new Error("A notification was neither inserted nor found by its key");
  if (!isSameContent(openContent(deps, row), content)) throw new GatehouseError("IDEMPOTENCY_KEY_REUSED");
  return { id: row.public_id };
}

/** Lists the notifications, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listNotifications(
  deps: Pick<NotificationDeps, "db" | "keyRing"> & { readonly cursors: CursorCodec },
  page: z.output<typeof listNotificationsInput>,
): Promise<z.output<typeof listNotificationsOutput>> {
  const request = { list: "notifications", ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listNotificationRows(deps.db, bounds));
  return { items: rows.map((row) => toNotification(row, openContent(deps, row))), nextCursor };
}

/** Throws `NOT_FOUND`. */
export async function getNotification(
  deps: Pick<NotificationDeps, "db" | "keyRing">,
  id: string,
): Promise<z.output<typeof notificationSchema>> {
  const row = await findNotification(deps.db, id);
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return toNotification(row, openContent(deps, row));
}

/**
 * Cancels a notification: from then on at most the messages are sent that are on their way, and after two seconds none. One that
 * was canceled before stays so. Throws `NOT_FOUND`, and `NOTIFICATION_DONE` if all of it is settled.
 */
export async function cancelNotification(
  deps: Omit<NotificationDeps, "random" | "keyRing">,
  id: string,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    if (await cancelRow(trx, id, deps.clock.now())) {
      await recordEvent(deps, trx, { action: "notification.canceled", kind: "notification", targetId: id });
      return;
    }
    const row = await findNotification(trx, id);
    if (row === undefined) throw new GatehouseError("NOT_FOUND");
    if (row.status === "done") throw new GatehouseError("NOTIFICATION_DONE");
  });
}

function toNotification(row: NotificationRow, { message }: NotificationContent): z.output<typeof notificationSchema> {
  const { queued, sent, failed, dropped, pruned, suppressed } = row;
  return {
    id: row.public_id,
    status: row.status,
    title: message.title,
    body: message.body,
    createdAt: row.created_at,
    sendAt: row.send_at,
    expiresAt: row.expires_at,
    finishedAt: row.finished_at,
    isFannedOut: row.fanned_out_at !== null,
    counts: {
      queued: Number(queued),
      sent: Number(sent),
      failed: Number(failed),
      dropped: Number(dropped),
      pruned: Number(pruned),
      suppressed: Number(suppressed),
    },
  };
}
