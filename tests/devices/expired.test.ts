import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { deleteExpiredRows } from "../../packages/server/src/purge-expired.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId, readDevice, registerDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { whileChanging } from "../support/held-change.ts";
import { login } from "../support/logins.ts";
import { registerAccount } from "../support/rest.ts";

const year = 365 * 24 * 60 * 60;

/** The nightly cleaning, as the job does it. */
const clean = ({ gatehouse: { deps } }: TestGatehouse) =>
  deleteExpiredRows(deps, {}, { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal });

async function openScene() {
  await using owned = new AsyncDisposableStack();
  const database = owned.use(await createTestDatabase());
  const server = owned.use(await startGatehouse({ database, environment: { JOBS: "off" } }));
  const opened = owned.move();
  const isActive = async (installationId: string) => (await readDevice(database, installationId))?.["active"];
  return { database, server, isActive, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe.skipIf(postgresUnreachable)("a device whose user's sessions on it have all expired", () => {
  test("is inactive after the next night, and others stay as they are", async () => {
    await using scene = await openScene();
    const { server, isActive } = scene;
    const [expired, used, anonymous] = [newInstallationId(), newInstallationId(), newInstallationId()];
    const device = (installationId: string) => ({ installationId, platform: "ios" });
    const ada = await registerAccount(server.url, { device: device(expired) });
    await registerDevice(server.url, anonymous);
    await clean(server);
    expect(await isActive(expired)).toBe(true);
    server.clock.advance(year);
    await login(server.url, { identifier: ada.email, password: ada.password, device: device(used) });
    await clean(server);
    expect(await Promise.all([expired, used, anonymous].map(isActive))).toEqual([false, true, true]);
  });

  test("can then be registered anonymously, clean, as after a logout", async () => {
    await using scene = await openScene();
    const { server } = scene;
    const installationId = newInstallationId();
    await registerAccount(server.url, { device: { installationId, platform: "ios", name: "Ada's" } });
    server.clock.advance(year);
    expect((await registerDevice(server.url, installationId)).status).toBe(403);
    await clean(server);
    expect((await registerDevice(server.url, installationId)).body.device).toMatchObject({ name: null });
  });

  test("is active when its user's sign-in waits for the cleaning", async () => {
    await using scene = await openScene();
    const { server, database, isActive } = scene;
    const device = { installationId: newInstallationId(), platform: "ios" };
    const { email: identifier, password } = await registerAccount(server.url, { device });
    server.clock.advance(year);
    const signIn = () => login(server.url, { identifier, password, device });
    await whileChanging(database, "update device set active = false", signIn);
    expect(await isActive(device.installationId)).toBe(true);
  });

  test("is left to the next night while another call holds it", async () => {
    await using scene = await openScene();
    const { server, isActive } = scene;
    const installationId = newInstallationId();
    await registerAccount(server.url, { device: { installationId, platform: "ios" } });
    server.clock.advance(year);
    const trx = await server.gatehouse.deps.db.startTransaction().execute();
    await runSql(trx, "select from device for update");
    await clean(server);
    await trx.rollback().execute();
    expect(await isActive(installationId)).toBe(true);
    await clean(server);
    expect(await isActive(installationId)).toBe(false);
  });

  test("is active when its user signs in while the cleaning runs", async () => {
    await using scene = await openScene();
    const { server, isActive } = scene;
    const owners = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const device = { installationId: newInstallationId(), deviceSecret: newDeviceSecret(), platform: "ios" };
        return { device, account: await registerAccount(server.url, { device }) };
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      server.clock.advance(year);
      const [, ...answers] = await Promise.all([
        clean(server),
        ...owners.map(async ({ device, account: { email: identifier, password } }, index) => {
          const answer = await login(server.url, { identifier, password, device });
          return index % 2 === 0 ? answer : await linkDevice(server.url, answer.body.session, device);
        }),
        clean(server),
      ]);
      expect(answers.slice(0, owners.length).map((answer) => answer?.status)).toEqual(owners.map(() => 200));
      const active = await Promise.all(owners.map(({ device }) => isActive(device.installationId)));
      expect(active).toEqual(owners.map(() => true));
    }
  });
});
