import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId, unlinkDevice } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const rounds = 20;

interface Round {
  readonly installationId: string;
  readonly deviceSecret: string;
  /** Signed in on the installation. */
  readonly ada: Account;
}

async function openRound(server: TestGatehouse): Promise<Round> {
  const device = { installationId: newInstallationId(), deviceSecret: newDeviceSecret(), platform: "ios" };
  return { ...device, ada: await registerAccount(server.url, { device }) };
}

const logout = (url: string, { accessToken }: Account, path = "logout") =>
  rest(url, `/v1/auth/${path}`, { method: "POST", token: accessToken });

/** Installations that take messages although nobody is signed in on them who could. */
async function readStrays({ database }: TestGatehouse) {
  return await database?.query(
    `select installation_id from device d where d.active and d.user_id is not null and not exists (
      select from session s where s.device_id = d.id and s.user_id = d.user_id and s.revoked_at is null)`,
  );
}

const shared = shareGatehouse();

describe.skipIf(postgresUnreachable)("a logout", () => {
  test("that races the unlinking of its device succeeds, and the unlinking succeeds or finds nothing", async () => {
    const server = shared();
    const round = async () => {
      const { ada, installationId } = await openRound(server);
      const [left, unlinked] = await Promise.all([
        logout(server.url, ada),
        unlinkDevice(server.url, ada, installationId),
      ]);
      expect(left.status).toBe(204);
      expect([204, 401]).toContain(unlinked.status);
    };
    await Promise.all(Array.from({ length: rounds }, round));
    expect(await readStrays(server)).toEqual([]);
  });

  test.each(["logout", "logout-all"])(
    "that races a link of its device leaves no device active without a session (%s)",
    async (path) => {
      const server = shared();
      const round = async () => {
        const { ada, installationId, deviceSecret } = await openRound(server);
        const link = () => linkDevice(server.url, ada, { installationId, deviceSecret, pushToken: "push" });
        const [first, left, second] = await Promise.all([link(), logout(server.url, ada, path), link()]);
        expect(left.status).toBe(204);
        for (const { status } of [first, second]) expect([200, 401]).toContain(status);
      };
      await Promise.all(Array.from({ length: rounds }, round));
      expect(await readStrays(server)).toEqual([]);
    },
  );

  test("that races the transfer of its device to another user succeeds, and the other user has the device", async () => {
    const server = shared();
    const round = async () => {
      const [{ ada, installationId, deviceSecret }, bob] = await Promise.all([
        openRound(server),
        registerAccount(server.url),
      ]);
      const [left, linked] = await Promise.all([
        logout(server.url, ada),
        linkDevice(server.url, bob, { installationId, deviceSecret }),
      ]);
      expect([left.status, linked.status]).toEqual([204, 200]);
      const { body } = await rest(server.url, "/v1/devices", { token: bob.accessToken });
      expect(body.items).toMatchObject([{ installationId, active: true }]);
    };
    await Promise.all(Array.from({ length: rounds }, round));
    expect(await readStrays(server)).toEqual([]);
  });
});
