import type { TestGatehouse } from "../../support/gatehouse.ts";
import { sendFor } from "../../support/notifications.ts";
import type { Account } from "../../support/rest.ts";
import type { AcceptedInputs } from "./caller.ts";

/** The id of a notification that nobody sends yet. */
async function idOfNotification(admin: Account, server: TestGatehouse): Promise<{ readonly id: string }> {
  const sendAt = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
  return { id: await sendFor({ server, admin }, { audience: { everyone: true }, sendAt }) };
}

/** For notifications of an administrator. */
export const notificationInputs: AcceptedInputs = {
  "notification.send": ({ userId }) => ({
    audience: { users: [userId] },
    title: "News",
    body: "There is something new.",
    data: { order: "17" },
    idempotencyKey: crypto.randomUUID(),
  }),
  "notification.list": () => ({ limit: 1 }),
  "notification.get": idOfNotification,
  "notification.cancel": idOfNotification,
};
