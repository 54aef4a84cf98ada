import { registerWithRoles } from "../../support/administrators.ts";
import { send, sendFor } from "../../support/notifications.ts";
import type { Scenario, Scene } from "../scene.ts";
import { nothing, register } from "./accounts.ts";

const about = (action: string, actor: string, target: string) => [{ action, actor, account: null, target }];

const everyone = { audience: { everyone: true } };

const message = { ...everyone, title: "News", body: "There is something new." };

/** An administrator and a notification of theirs that nobody sends yet. */
async function prepare({ server }: Scene) {
  const admin = await registerWithRoles(server);
  const sendAt = new Date(server.clock.now().getTime() + 3_600_000).toISOString();
  return { admin, id: await sendFor({ server, admin }, { ...everyone, sendAt }) };
}

/** Notifications. */
export const notificationScenarios: readonly Scenario[] = [
  {
    procedure: "notification.send",
    async prepare({ server }) {
      const { userId, accessToken: token } = await registerWithRoles(server);
      const events = ({ id }: { id: string }) => about("notification.sent", userId, id);
      return { path: "/v1/notifications", token, body: message, events };
    },
  },
  {
    procedure: "notification.send",
    when: "it was sent with this key",
    async prepare({ server }) {
      const admin = await registerWithRoles(server);
      const headers = { "idempotency-key": crypto.randomUUID() };
      await send({ server, admin }, message, headers);
      return { path: "/v1/notifications", token: admin.accessToken, body: message, headers, events: nothing };
    },
  },
  {
    procedure: "notification.cancel",
    async prepare(scene) {
      const { admin, id } = await prepare(scene);
      const events = () => about("notification.canceled", admin.userId, id);
      return { method: "POST", path: `/v1/notifications/${id}/cancel`, token: admin.accessToken, events };
    },
  },
  {
    procedure: "device.pushEcho",
    async prepare(scene) {
      const { accessToken: token } = await register(scene);
      return { method: "POST", path: "/v1/devices/push-echo", token, events: nothing };
    },
  },
];
