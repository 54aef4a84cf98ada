import { z } from "zod";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { sendInput } from "./schema.ts";
import { notificationContentContext } from "./sealed.ts";

/** A parsed call of `notification.send`. */
export type SendInput = z.output<typeof sendInput>;

/** What is sealed in a notification's row. Rows outlive a deployment, so it must read what former versions wrote. */
const contentSchema = z.object({
  audience: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("users"), ids: z.array(z.uuid()) }),
    z.object({ kind: z.literal("devices"), ids: z.array(z.uuid()) }),
    z.object({ kind: z.literal("group"), id: z.uuid() }),
    z.object({
      kind: z.literal("segment"),
      platform: z.string().nullable(),
      minAppVersion: z.string().nullable(),
      maxAppVersion: z.string().nullable(),
      locale: z.string().nullable(),
      lastSeenSince: z.string().nullable(),
    }),
    z.object({ kind: z.literal("everyone") }),
  ]),
  except: z.array(z.uuid()),
  message: z.object({
    title: z.string(),
    body: z.string(),
    data: z.record(z.string(), z.string()),
    imageUrl: z.string().nullable(),
    link: z.string().nullable(),
    priority: z.enum(["normal", "high"]),
    collapseKey: z.string().nullable(),
  }),
  /** As the call asked for it; `null` for now. */
  sendAt: z.string().nullable(),
  timeToLiveSeconds: z.int(),
});

/** What a call asked for, as it is stored. */
export type NotificationContent = z.output<typeof contentSchema>;

/** To whom a notification goes. */
export type Audience = NotificationContent["audience"];

/** Returns what is stored of a call. The same input gives the same JSON, whatever order its members had. */
export function toContent(input: SendInput): NotificationContent {
  const { title, body, data = {}, imageUrl = null, link = null, priority, collapseKey = null } = input;
  const named = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    audience: toAudience(input.audience),
    except: input.except ?? [],
    message: { title, body, data: Object.fromEntries(named), imageUrl, link, priority, collapseKey },
    sendAt: input.sendAt?.toISOString() ?? null,
    timeToLiveSeconds: input.timeToLiveSeconds,
  };
}

function toAudience({ users, devices, group, segment }: SendInput["audience"]): Audience {
  if (users !== undefined) return { kind: "users", ids: users };
  if (devices !== undefined) return { kind: "devices", ids: devices };
  if (group !== undefined) return { kind: "group", id: group };
  if (segment === undefined) return { kind: "everyone" };
  const { platform = null, minAppVersion = null, maxAppVersion = null, locale = null, lastSeenSince } = segment;
  const seen = lastSeenSince?.toISOString() ?? null;
  return { kind: "segment", platform, minAppVersion, maxAppVersion, locale, lastSeenSince: seen };
}

interface ContentDeps {
  readonly keyRing: KeyRing;
}

/** Seals the content of the notification with this public id. */
export function sealContent({ keyRing }: ContentDeps, id: string, content: NotificationContent): Buffer {
  return keyRing.seal(Buffer.from(JSON.stringify(content)), notificationContentContext(id));
}

/** Opens the content of a notification. Throws `UnsealError` if the key is missing or the row is another. */
export function openContent(
  { keyRing }: ContentDeps,
  { public_id: id, content }: { readonly public_id: string; readonly content: Uint8Array },
): NotificationContent {
  return contentSchema.parse(JSON.parse(keyRing.open(content, notificationContentContext(id)).toString()));
}

/** Whether both ask for the same. */
export function isSameContent(one: NotificationContent, other: NotificationContent): boolean {
  return JSON.stringify(contentSchema.parse(one)) === JSON.stringify(contentSchema.parse(other));
}
