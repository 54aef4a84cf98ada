import { registerDevice, signOut } from "../../support/devices.ts";
import type { Scenario } from "../scene.ts";
import { byLink, deviceOf, newDevice, nothing, own, register } from "./accounts.ts";

/** Devices. */
export const deviceScenarios: readonly Scenario[] = [
  {
    procedure: "device.register",
    async prepare(scene) {
      return {
        path: "/v1/devices",
        body: newDevice(scene),
        events: ({ device }) => [{ action: "device.registered", actor: "anonymous", account: null, target: device.id }],
      };
    },
  },
  {
    procedure: "device.register",
    when: "nothing changes",
    async prepare(scene) {
      const { installationId, ...device } = newDevice(scene);
      await registerDevice(scene.server.url, installationId, device);
      return { path: "/v1/devices", body: { installationId, ...device }, events: nothing };
    },
  },
  {
    procedure: "device.register",
    when: "its user has signed out",
    async prepare(scene) {
      const device = newDevice(scene);
      const { userId, accessToken } = await register(scene, { device });
      const id = await deviceOf(scene, accessToken);
      await signOut(scene.server.url, { accessToken });
      return {
        path: "/v1/devices",
        body: device,
        events: () => [
          { action: "device.registered", actor: "anonymous", account: null, target: id },
          byLink("device.unlinked", userId, id),
        ],
      };
    },
  },
  {
    procedure: "device.link",
    when: "it was another user's",
    async prepare(scene) {
      const { installationId, ...device } = newDevice(scene);
      const former = await register(scene, { device: { installationId, ...device } });
      const id = await deviceOf(scene, former.accessToken);
      const { userId, accessToken: token } = await register(scene);
      return {
        method: "PUT",
        path: `/v1/devices/${installationId}`,
        token,
        body: device,
        events: () => [
          own("device.linked", userId, id),
          { action: "device.unlinked", actor: userId, account: former.userId, target: id },
        ],
      };
    },
  },
  {
    procedure: "device.update",
    async prepare(scene) {
      const device = newDevice(scene);
      const { userId, accessToken: token } = await register(scene, { device });
      const id = await deviceOf(scene, token);
      return {
        method: "PATCH",
        path: `/v1/devices/${device.installationId}`,
        token,
        body: { muted: true, name: "Ada's phone" },
        events: () => [own("device.updated", userId, id)],
      };
    },
  },
  {
    procedure: "device.unlink",
    async prepare(scene) {
      const device = newDevice(scene);
      const { userId, accessToken: token } = await register(scene, { device });
      const id = await deviceOf(scene, token);
      const events = () => [own("device.unlinked", userId, id)];
      return { method: "DELETE", path: `/v1/devices/${device.installationId}`, token, events };
    },
  },
];
