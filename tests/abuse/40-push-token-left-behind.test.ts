import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { linkDevice, listDevices, newInstallationId, registerDevice, signOut } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { readHolders, waysToBring } from "../support/push-tokens.ts";
import { listTargets } from "../support/reach.ts";
import { registerAccount, rest } from "../support/rest.ts";

/** Longer than an entry of an index may be, with what a bytea would read otherwise, and not to be compressed. */
const longToken = `\\x00\\'é${Array.from({ length: 100 }, () => crypto.randomUUID()).join("\\")}`;

describe.skipIf(postgresUnreachable)("row 40: a push token of Ada's phone", () => {
  test.each(waysToBring)(
    "leaves her installation when Bob %s with a new installation on that phone",
    async (_, bring) => {
      await using server = await startGatehouse();
      for (const pushToken of ["the-token-of-the-phone", longToken]) {
        const device = {
          installationId: newInstallationId(),
          platform: "ios",
          pushService: "fcm",
          pushToken,
          name: "Ada's phone",
        };
        const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
        const next = newInstallationId();
        const { status } = await bring({ server, bob, pushToken }, next);
        expect([200, 201]).toContain(status);
        expect(await readHolders(server, pushToken)).toEqual([next]);
        expect(await listDevices(server.url, ada)).toMatchObject([
          { installationId: device.installationId, name: "Ada's phone", active: true, hasPushToken: false },
        ]);
      }
    },
  );

  test("returns to her installation when she sends it again, and sending it twice changes nothing", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const [hers, his] = [newInstallationId(), newInstallationId()];
    for (const [account, installationId] of [
      [ada, hers],
      [bob, his],
      [ada, hers],
      [ada, hers],
    ] as const) {
      const { status, body } = await linkDevice(server.url, account, { installationId, pushToken });
      expect([status, body.hasPushToken]).toEqual([200, true]);
      expect(await readHolders(server, pushToken)).toEqual([installationId]);
    }
  });

  test("leaves nothing of itself behind, also when Bob calls it the token of another service", async () => {
    await using server = await startGatehouse();
    const pushToken = "ab".repeat(32);
    const device = { installationId: newInstallationId(), platform: "ios", pushToken };
    const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
    for (const fields of [
      { platform: "android", pushService: "fcm", pushToken },
      { platform: "ios", pushService: "apns", pushToken: pushToken.toUpperCase() },
    ]) {
      const installationId = newInstallationId();
      const { body } = await linkDevice(server.url, bob, { installationId, ...fields });
      expect(body.pushService).toBe(fields.pushService);
      expect(await readHolders(server, pushToken)).toEqual([installationId]);
      expect(await listDevices(server.url, ada)).toMatchObject([{ hasPushToken: false, pushService: null }]);
      const [left] =
        (await server.database?.query(
          "select push_token, push_service, push_token_set_at from device where installation_id = $1",
          [device.installationId],
        )) ?? [];
      expect(left).toEqual({ push_token: null, push_service: null, push_token_set_at: null });
    }
    expect(await listTargets(server, ada)).toEqual([]);
    expect(await listTargets(server, bob)).toEqual([pushToken]);
  });

  test("is not active with her installation after a logout, when another has it by then", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = { installationId: newInstallationId(), platform: "ios", pushService: "fcm", pushToken };
    const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
    await signOut(server.url, ada);
    const his = newInstallationId();
    await linkDevice(server.url, bob, { installationId: his, pushToken });
    const { installationId } = device;
    const again = { identifier: ada.email, password: ada.password, device: { installationId, platform: "ios" } };
    expect((await rest(server.url, "/v1/auth/login", { body: again })).status).toBe(200);
    expect(await readHolders(server, pushToken)).toEqual([his]);
  });

  test("stays where it is when the call that sends it is refused", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = { installationId: newInstallationId(), platform: "ios", pushService: "fcm", pushToken };
    await registerAccount(server.url, { device });
    const [carol, bob] = [newInstallationId(), await registerAccount(server.url)];
    await registerAccount(server.url, { device: { installationId: carol, platform: "ios" } });
    const refusals = [
      await linkDevice(server.url, bob, { installationId: carol, pushToken }),
      await registerDevice(server.url, carol, { pushToken }),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([409, 403]);
    expect(await readHolders(server, pushToken)).toEqual([device.installationId]);
  });

  test("is not shown to its new holder, nor is its former owner", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = {
      installationId: newInstallationId(),
      platform: "ios",
      pushService: "fcm",
      pushToken,
      name: "Ada's phone",
    };
    const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
    const taking = await linkDevice(server.url, bob, { installationId: newInstallationId(), pushToken });
    const nobodys = await linkDevice(server.url, bob, { installationId: newInstallationId(), pushToken: "nobody's" });
    expect(Object.keys(taking.body)).toEqual(Object.keys(nobodys.body));
    for (const secret of [pushToken, ada.userId, "Ada's phone", device.installationId]) {
      expect(JSON.stringify(taking.body)).not.toContain(secret);
    }
  });
});
