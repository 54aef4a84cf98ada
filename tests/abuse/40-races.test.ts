import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import {
  linkDevice,
  newDeviceSecret,
  newInstallationId,
  registerDevice,
  signOut,
  unlinkDevice,
} from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { readHolders, waysToBring } from "../support/push-tokens.ts";
import { registerAccount, rest } from "../support/rest.ts";

describe.skipIf(postgresUnreachable)("row 40: when installations send one push token at once", () => {
  test("one holds it in the end, whichever procedure they call, and none fails", async () => {
    await using server = await startGatehouse();
    const bob = await registerAccount(server.url);
    for (let round = 0; round < 3; round += 1) {
      const pushToken = `token of round ${round}`;
      const ids = Array.from({ length: 16 }, newInstallationId);
      const answers = await Promise.all(
        ids.map((id, index) => waysToBring[index % waysToBring.length]?.[1]({ server, bob, pushToken }, id)),
      );
      expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([200, 201]));
      expect(await readHolders(server, pushToken)).toHaveLength(1);
    }
  });

  test("this also holds when they swap their tokens", async () => {
    await using server = await startGatehouse();
    const tokens = ["a", "b", "c", "d"];
    const phones = tokens.map(() => ({ installationId: newInstallationId(), deviceSecret: newDeviceSecret() }));
    for (let round = 0; round < 10; round += 1) {
      const swaps = phones.map(({ installationId, deviceSecret }, index) => {
        const pushToken = tokens[(index + round) % tokens.length];
        return registerDevice(server.url, installationId, { deviceSecret, pushToken });
      });
      expect((await Promise.all(swaps)).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    }
    for (const token of tokens) expect((await readHolders(server, token))?.length).toBeLessThanOrEqual(1);
  });

  test("and when a user opens a magic link, which ends the sessions on the device first", async () => {
    await using server = await startGatehouse();
    const round = async (index: number) => {
      const phone = {
        installationId: newInstallationId(),
        deviceSecret: newDeviceSecret(),
        pushService: "fcm",
        pushToken: `token ${index}`,
      };
      const device = { ...phone, platform: "ios" };
      const ada = await registerAccount(server.url, { device });
      await rest(server.url, "/v1/auth/magic-link", { body: { email: ada.email } });
      const token = await receiveToken(server, ada.email, "magic-link");
      const answers = await Promise.all([
        registerDevice(server.url, phone.installationId, phone),
        rest(server.url, "/v1/auth/magic-link/verify", { body: { token, device } }),
        registerDevice(server.url, newInstallationId(), { pushToken: phone.pushToken }),
        registerDevice(server.url, phone.installationId, phone),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([201, 200, 201, 201]);
      expect(await readHolders(server, phone.pushToken)).toHaveLength(1);
    };
    await Promise.all(Array.from({ length: 6 }, (_, index) => round(index)));
  });

  test("and when users sign out or unlink meanwhile", async () => {
    await using server = await startGatehouse();
    const round = async (_: unknown, index: number) => {
      const pushToken = `token ${index}`;
      const device = { installationId: newInstallationId(), platform: "ios", pushService: "fcm", pushToken };
      const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
      const his = newInstallationId();
      const [taken, ...left] = await Promise.all([
        linkDevice(server.url, bob, { installationId: his, pushToken }),
        linkDevice(server.url, ada, { ...device }),
        unlinkDevice(server.url, ada, device.installationId),
        signOut(server.url, ada),
      ]);
      expect(taken.status).toBe(200);
      for (const { status } of left) expect([200, 204, 401, 404]).toContain(status);
      expect((await readHolders(server, pushToken))?.length).toBeLessThanOrEqual(1);
    };
    await Promise.all(Array.from({ length: 8 }, round));
  });
});
