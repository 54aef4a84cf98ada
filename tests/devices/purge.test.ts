import { describe, expect, test } from "vitest";
import { deleteExpiredRows } from "../../packages/server/src/purge-expired.ts";
import { postgresUnreachable } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId, registerDevice, unlinkDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const day = 24 * 60 * 60;

const shared = shareGatehouse();
const sharedEmbedded = shareGatehouse({ embedded: true });

/** The nightly cleaning, as the job does it. */
const clean = ({ gatehouse: { deps } }: TestGatehouse) =>
  deleteExpiredRows(deps, {}, { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal });

async function isKept({ url }: TestGatehouse, installationId: string): Promise<boolean> {
  const { status } = await registerDevice(url, installationId);
  return status === 403;
}

describe.each([{ embedded: false }, { embedded: true }])(
  "a device without an owner (embedded: $embedded)",
  ({ embedded }) => {
    test("is deleted a year after its last registration, and can be registered again", async () => {
      const server = embedded ? sharedEmbedded() : shared();
      const [installationId, used] = [newInstallationId(), newInstallationId()];
      const deviceSecret = newDeviceSecret();
      await registerDevice(server.url, installationId, { name: "forgotten" });
      await registerDevice(server.url, used, { deviceSecret });
      server.clock.advance(365 * day);
      await clean(server);
      expect(await isKept(server, installationId)).toBe(true);
      await registerDevice(server.url, used, { deviceSecret });
      server.clock.advance(1);
      await clean(server);
      const { status, body } = await registerDevice(server.url, installationId);
      expect([status, body.device.name]).toEqual([201, null]);
      expect(await isKept(server, used)).toBe(true);
    });

    test("is kept while it has one, and becomes ownerless when its user unlinks it", async () => {
      const server = embedded ? sharedEmbedded() : shared();
      const [kept, unlinked] = [newInstallationId(), newInstallationId()];
      const ada = await registerAccount(server.url);
      for (const id of [kept, unlinked]) {
        await linkDevice(server.url, ada, { installationId: id, deviceSecret: newDeviceSecret() });
      }
      await unlinkDevice(server.url, ada, unlinked);
      server.clock.advance(366 * day);
      await clean(server);
      expect([await isKept(server, kept), await isKept(server, unlinked)]).toEqual([true, false]);
      const login = { identifier: ada.email, password: ada.password };
      const { accessToken: token } = (await rest(server.url, "/v1/auth/login", { body: login })).body.session;
      expect((await rest(server.url, "/v1/devices", { token })).body.items).toMatchObject([{ installationId: kept }]);
    });
  },
);

test("a device without an owner is kept for the configured time", async () => {
  await using server = await startGatehouse({ environment: { ANONYMOUS_DEVICE_RETENTION_DAYS: "30" } });
  const installationId = newInstallationId();
  await registerDevice(server.url, installationId);
  server.clock.advance(30 * day + 1);
  await clean(server);
  expect(await isKept(server, installationId)).toBe(false);
});

describe.skipIf(postgresUnreachable)("the purge", () => {
  test("deletes more rows than one statement handles", async () => {
    const server = shared();
    await clearAccounts(server);
    await server.database?.query(
      `insert into device (public_id, installation_id, platform, active, created_at, updated_at, last_seen_at)
      select gen_random_uuid(), 'installation-' || n, 'web', true, $1, $1, $1 from generate_series(1, 2500) as n`,
      [server.clock.now()],
    );
    server.clock.advance(366 * day);
    await clean(server);
    expect(await server.database?.query("select from device")).toEqual([]);
  });

  test("and an app that registers at the same moment both succeed, and the app has a device", async () => {
    const server = shared();
    for (let round = 0; round < 5; round += 1) {
      const ids = Array.from({ length: 10 }, newInstallationId);
      const deviceSecret = newDeviceSecret();
      const ada = await registerAccount(server.url);
      for (const id of ids) await registerDevice(server.url, id, { deviceSecret });
      server.clock.advance(366 * day);
      const { session } = (
        await rest(server.url, "/v1/auth/login", { body: { identifier: ada.email, password: ada.password } })
      ).body;
      const answers = await Promise.all([
        ...ids.map((id, index) =>
          index % 2 === 0
            ? registerDevice(server.url, id, { deviceSecret })
            : linkDevice(server.url, session, { installationId: id, deviceSecret }),
        ),
        clean(server),
      ]);
      const statuses = answers.slice(0, ids.length).map((answer) => answer?.status);
      expect(statuses).toEqual(ids.map((_id, index) => (index % 2 === 0 ? 201 : 200)));
      const kept = await server.database?.query("select from device where installation_id = any($1)", [ids]);
      expect(kept).toHaveLength(ids.length);
    }
  });
});
