import { sealedColumn } from "../encryption/sealed-column.ts";

/** The context that binds sealed content to its notification. */
export const notificationContentContext = (id: string) => `notification:${id}`;

/** What notifications say, and to whom; the index of their versions is `notification_content_version_index`. */
export const sealedNotifications = sealedColumn({
  name: "notifications",
  table: "notification",
  column: "content",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: notificationContentContext,
});
