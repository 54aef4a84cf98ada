import { randomUUID } from "node:crypto";
import type { PushContent, PushMessage, PushService } from "../push-sender.ts";

/** Content that expires in an hour. */
export const content: PushContent = {
  title: "New sign-in",
  body: "Somebody signed in on “Firefox” ✓",
  data: { kind: "sign-in" },
  priority: "high",
  expiresAt: new Date(Date.now() + 60 * 60 * 1000),
};

/** A message to a device. */
export function messageTo(service: PushService, token: string, changes: Partial<PushContent> = {}): PushMessage {
  // Messages without changes share their content, as those of a notification do.
  const own = Object.keys(changes).length === 0 ? content : { ...content, ...changes };
  return { id: randomUUID(), target: { service, token, tokenSince: new Date() }, content: own };
}
