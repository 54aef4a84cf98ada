import type { TestGatehouse } from "../../support/gatehouse.ts";
import { type Account, registerAccount } from "../../support/rest.ts";
import { createWebhook, listDeliveries } from "../../support/webhooks.ts";
import type { AcceptedInputs } from "./caller.ts";

const wanted = { url: "https://webhooks.invalid/hook", events: ["user.created"] } as const;

async function idOfWebhook(caller: Account, server: TestGatehouse): Promise<{ readonly id: string }> {
  return { id: (await createWebhook(server, caller, wanted)).webhook.id };
}

/** The id of a webhook with one delivery. */
async function idOfUsedWebhook(caller: Account, server: TestGatehouse): Promise<{ readonly id: string }> {
  const webhook = await idOfWebhook(caller, server);
  await registerAccount(server.url);
  return webhook;
}

/** For webhooks of an administrator. */
export const webhookInputs: AcceptedInputs = {
  "webhook.list": () => ({ limit: 1 }),
  "webhook.create": () => wanted,
  "webhook.get": idOfWebhook,
  "webhook.update": async (...scene) => ({ ...(await idOfWebhook(...scene)), description: null, status: "disabled" }),
  "webhook.delete": idOfWebhook,
  "webhook.rotateSecret": idOfWebhook,
  "webhook.deliveries.list": idOfUsedWebhook,
  "webhook.deliveries.redeliver": async (caller, server) => {
    const { id } = await idOfUsedWebhook(caller, server);
    const [delivery] = await listDeliveries(server, caller, id);
    return { id, deliveryId: delivery.id };
  },
};
