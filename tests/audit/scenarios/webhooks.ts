import { vi } from "vitest";
import { registerWithRoles } from "../../support/administrators.ts";
import { patience } from "../../support/patience.ts";
import { createWebhook, listDeliveries } from "../../support/webhooks.ts";
import type { Scenario, Scene } from "../scene.ts";
import { register } from "./accounts.ts";

/** Nobody listens there. */
const wanted = { url: "http://127.0.0.1:9/hook", events: ["user.created"] } as const;

const about = (action: string, actor: string, target: string) => [{ action, actor, account: null, target }];

/** An administrator and a webhook of theirs. */
async function prepare({ server, keepSecret }: Scene) {
  const admin = await registerWithRoles(server);
  const { webhook, secret } = await createWebhook(server, admin, wanted);
  keepSecret(secret);
  return { admin, id: webhook.id, path: `/v1/webhooks/${webhook.id}`, token: admin.accessToken };
}

/** Webhooks and their deliveries. */
export const webhookScenarios: readonly Scenario[] = [
  {
    procedure: "webhook.create",
    async prepare({ server, keepSecret }) {
      const { userId, accessToken: token } = await registerWithRoles(server);
      return {
        path: "/v1/webhooks",
        token,
        body: wanted,
        events({ webhook, secret }) {
          keepSecret(secret);
          return about("webhook.created", userId, webhook.id);
        },
      };
    },
  },
  {
    procedure: "webhook.update",
    async prepare(scene) {
      const { admin, id, path, token } = await prepare(scene);
      const events = () => about("webhook.updated", admin.userId, id);
      return { method: "PATCH", path, token, body: { description: "The shop" }, events };
    },
  },
  {
    procedure: "webhook.delete",
    async prepare(scene) {
      const { admin, id, path, token } = await prepare(scene);
      return { method: "DELETE", path, token, events: () => about("webhook.deleted", admin.userId, id) };
    },
  },
  {
    procedure: "webhook.rotateSecret",
    async prepare(scene) {
      const { admin, id, path, token } = await prepare(scene);
      return {
        path: `${path}/rotate-secret`,
        token,
        events({ secret }) {
          scene.keepSecret(secret);
          return about("webhook.secret_rotated", admin.userId, id);
        },
      };
    },
  },
  {
    procedure: "webhook.deliveries.redeliver",
    async prepare(scene) {
      const { admin, id, path, token } = await prepare(scene);
      await register(scene);
      const delivery: string = await vi.waitFor(async () => {
        const [found] = await listDeliveries(scene.server, admin, id);
        return found.id;
      }, patience);
      const events = () => about("webhook.redelivery_requested", admin.userId, id);
      return { path: `${path}/deliveries/${delivery}/redeliver`, token, events };
    },
  },
];
