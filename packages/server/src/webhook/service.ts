import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { type AuditedAction, recordEvent } from "../audit/record.ts";
import { addSeconds, hourSeconds } from "../clock.ts";
import type { Config } from "../config.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { type AuthorityDeps, requireFurther } from "../role/authority.ts";
import type { RightsHolder } from "../role/permissions.ts";
import { eventTypes, readPermissions } from "./event-types.ts";
import type { ListenedEvents } from "./listened-events.ts";
import type {
  createWebhookInput,
  listWebhooksInput,
  listWebhooksOutput,
  updateWebhookInput,
  webhookSchema,
  webhookWithSecretOutput,
} from "./schema.ts";
import { webhookSecretContext } from "./sealed.ts";
import { formatSecret, secretBytes } from "./signature.ts";
import {
  changeWebhook,
  deleteWebhookRow,
  findWebhook,
  insertSecret,
  insertWebhook,
  listWebhookRows,
  lockWebhook,
  lockWebhookCount,
  retireSecret,
  type WebhookRow,
} from "./store.ts";

/** What webhooks need. */
interface WebhookDeps extends AuditDeps, AuthorityDeps {
  readonly config: Pick<Config, "webhooks">;
  readonly db: Database;
  readonly random: RandomSource;
  readonly keyRing: KeyRing;
  readonly cursors: CursorCodec;
  readonly outbound: Pick<Outbound, "refuse">;
  readonly listenedEvents: Pick<ListenedEvents, "markChanged">;
}

type Webhook = z.output<typeof webhookSchema>;
type WebhookWithSecret = z.output<typeof webhookWithSecretOutput>;

/** Each event is delivered to every webhook that listens, by the transaction that causes it. */
const maxWebhooks = 100;

/**
 * Creates a webhook and returns its secret, which is stored sealed. Throws `INVALID_INPUT` for an address that the rules of
 * `OUTBOUND_*` forbid, `FORBIDDEN` and `INSUFFICIENT_SCOPE` for events whose data the caller may not read, and
 * `WEBHOOK_LIMIT_REACHED`.
 */
export async function createWebhook(
  deps: WebhookDeps,
  actor: RightsHolder,
  { url, description = null, events }: z.output<typeof createWebhookInput>,
): Promise<WebhookWithSecret> {
  assertAllowed(deps, url);
  await requireFurther(deps, { actor, permissions: permissionsFor(events) });
  const now = deps.clock.now();
  const created = await inTransaction(deps.db, async (trx) => {
    if ((await lockWebhookCount(trx)) >= maxWebhooks) throw new GatehouseError("WEBHOOK_LIMIT_REACHED");
    const values = { url, description, events, status: "active" as const, created_at: now, updated_at: now };
    const row = await insertWebhook(trx, { ...values, public_id: deps.random.uuid() });
    await record(deps, trx, {
      action: "webhook.created",
      targetId: row.public_id,
      changes: differences(undefined, row),
    });
    return { webhook: toWebhook(row), secret: await addSecret(deps, trx, row) };
  });
  deps.listenedEvents.markChanged();
  return created;
}

/** Lists the webhooks, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listWebhooks(
  deps: Pick<WebhookDeps, "db" | "cursors">,
  page: z.output<typeof listWebhooksInput>,
): Promise<z.output<typeof listWebhooksOutput>> {
  const request = { list: "webhooks", ...page };
  const { rows, nextCursor } = await readPage(deps, request, (bounds) => listWebhookRows(deps.db, bounds));
  return { items: rows.map(toWebhook), nextCursor };
}

/** Throws `NOT_FOUND`. */
export async function getWebhook(deps: Pick<WebhookDeps, "db">, id: string): Promise<Webhook> {
  return toWebhook(found(await findWebhook(deps.db, id)));
}

/**
 * Changes the given fields. A webhook that becomes active has not failed yet. Throws `INVALID_INPUT` and `NOT_FOUND`, and, unless
 * the change only describes or disables the webhook, `FORBIDDEN` and `INSUFFICIENT_SCOPE` like {@link createWebhook}.
 */
export async function updateWebhook(
  deps: WebhookDeps,
  actor: RightsHolder,
  { id, url, description, events, status }: z.output<typeof updateWebhookInput>,
): Promise<Webhook> {
  if (url !== undefined) assertAllowed(deps, url);
  const columns = {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(events === undefined ? {} : { events }),
    ...(status === undefined ? {} : { status }),
    ...(status === "active" ? { failing_since: null } : {}),
    updated_at: deps.clock.now(),
  };
  const row = await inTransaction(deps.db, async (trx) => {
    const before = found(await lockWebhook(trx, id));
    const after = await changeWebhook(trx, id, columns);
    const isDelivery = url !== undefined || events !== undefined || status === "active";
    if (isDelivery) await requireFurther(deps, { actor, permissions: permissionsFor(after.events), trx });
    await record(deps, trx, { action: "webhook.updated", targetId: id, changes: differences(before, after) });
    return after;
  });
  deps.listenedEvents.markChanged();
  return toWebhook(row);
}

/** The permissions to read what these events contain. */
function permissionsFor(events: readonly string[]): readonly string[] {
  return [...new Set(eventTypes.filter((type) => events.includes(type)).map((type) => readPermissions[type]))];
}

type Changes = NonNullable<AuditedAction["changes"]>;

/** The fields that differ, as the audit log has them; of a new webhook those that it has. */
function differences(before: WebhookRow | undefined, after: WebhookRow): Changes {
  const fields = ["url", "description", "events", "status"] as const;
  const changes = fields.map((field) => [field, { from: before?.[field] ?? null, to: after[field] }] as const);
  return Object.fromEntries(changes.filter(([, { from, to }]) => String(from) !== String(to)));
}

async function record(
  deps: AuditDeps,
  trx: DatabaseTransaction,
  event: Pick<AuditedAction, "action" | "changes"> & { readonly targetId: string },
): Promise<void> {
  await recordEvent(deps, trx, { ...event, kind: "webhook" });
}

/** Deletes a webhook with its log; what is still to be delivered is not. Throws `NOT_FOUND`. */
export async function deleteWebhook(
  deps: Pick<WebhookDeps, "call" | "clock" | "db" | "listenedEvents">,
  id: string,
): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    if (!(await deleteWebhookRow(trx, id))) throw new GatehouseError("NOT_FOUND");
    await record(deps, trx, { action: "webhook.deleted", targetId: id });
  });
  deps.listenedEvents.markChanged();
}

/**
 * Gives the webhook another secret and returns it. The old one signs too for `WEBHOOK_SECRET_OVERLAP_HOURS`, unless the secret
 * is rotated again: so two rotations end a secret at once that became known. Throws `NOT_FOUND`, and `FORBIDDEN` if the caller may not
 * read what the webhook is sent.
 */
export async function rotateSecret(
  deps: WebhookDeps & AuthorityDeps,
  actor: RightsHolder,
  id: string,
): Promise<WebhookWithSecret> {
  return await inTransaction(deps.db, async (trx) => {
    const row = found(await lockWebhook(trx, id));
    await requireFurther(deps, { actor, permissions: permissionsFor(row.events), trx });
    const overlapSeconds = deps.config.webhooks.secretOverlapHours * hourSeconds;
    await retireSecret(trx, row.id, addSeconds(deps.clock.now(), overlapSeconds));
    await record(deps, trx, { action: "webhook.secret_rotated", targetId: id });
    return { webhook: toWebhook(row), secret: await addSecret(deps, trx, row) };
  });
}

async function addSecret(
  deps: Pick<WebhookDeps, "clock" | "random" | "keyRing">,
  trx: DatabaseTransaction,
  { id: webhookId }: WebhookRow,
): Promise<string> {
  const [id, secret] = [deps.random.uuid(), deps.random.bytes(secretBytes)];
  const sealed = deps.keyRing.seal(secret, webhookSecretContext(id));
  await insertSecret(trx, { public_id: id, webhook_id: webhookId, secret: sealed, created_at: deps.clock.now() });
  return formatSecret(secret);
}

function assertAllowed({ outbound }: Pick<WebhookDeps, "outbound">, url: string): void {
  const message = outbound.refuse(new URL(url));
  if (message !== undefined) throw new GatehouseError("INVALID_INPUT", { errors: [{ path: "url", message }] });
}

function found(row: WebhookRow | undefined): WebhookRow {
  if (row === undefined) throw new GatehouseError("NOT_FOUND");
  return row;
}

function toWebhook(row: WebhookRow): Webhook {
  return {
    id: row.public_id,
    url: row.url,
    description: row.description,
    events: row.events,
    status: row.status,
    failingSince: row.failing_since,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
