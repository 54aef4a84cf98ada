import { describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { removeDeadTokens } from "../../packages/server/src/device/dead-tokens.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { linkDevice, listDevices, newInstallationId, readDevice, registerDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { whileChanging } from "../support/held-change.ts";
import { registerAccount } from "../support/rest.ts";

/** Ada's devices, and what a worker says about their tokens. */
async function openScene() {
  await using owned = new AsyncDisposableStack();
  const database = owned.use(await createTestDatabase());
  const server = owned.use(await startGatehouse({ database, environment: { JOBS: "off" } }));
  const ada = await registerAccount(server.url);
  const opened = owned.move();
  return {
    database,
    server,
    ada,
    link: async (pushToken: string) => {
      const installationId = newInstallationId();
      await linkDevice(server.url, ada, { installationId, pushToken });
      return { installationId, deviceId: await findId(database, installationId) };
    },
    remove: (dead: Parameters<typeof removeDeadTokens>[1]) => removeDeadTokens(workerOf(server), dead),
    readToken: async (installationId: string) => (await readDevice(database, installationId))?.["pushToken"],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const workerOf = ({ gatehouse: { deps } }: TestGatehouse) => ({ ...deps, call: systemCall });

async function findId(database: TestDatabase, installationId: string): Promise<string> {
  const [row] = await database.query("select id from device where installation_id = $1", [installationId]);
  return String(row?.["id"]);
}

describe.skipIf(postgresUnreachable)("a token that its service calls dead", () => {
  test("leaves its device, which stays its user's and active", async () => {
    await using scene = await openScene();
    const { installationId, deviceId } = await scene.link("dead");
    expect(await scene.remove([{ deviceId, token: "dead" }])).toEqual([deviceId]);
    expect(await listDevices(scene.server.url, scene.ada)).toMatchObject([
      { installationId, active: true, hasPushToken: false, pushService: null },
    ]);
  });

  test("stays if the device has another by then, or if another device has it", async () => {
    await using scene = await openScene();
    const first = await scene.link("old");
    await linkDevice(scene.server.url, scene.ada, { installationId: first.installationId, pushToken: "new" });
    const second = await scene.link("old");
    expect(await scene.remove([{ deviceId: first.deviceId, token: "old" }])).toEqual([]);
    expect(await scene.readToken(first.installationId)).toBe("new");
    expect(await scene.readToken(second.installationId)).toBe("old");
  });

  test("leaves each of many devices in one statement, once", async () => {
    await using scene = await openScene();
    const linked = [];
    for (const name of ["a", "b", "c"]) linked.push({ ...(await scene.link(name)), token: name });
    const dead = linked.map(({ deviceId, token }) => ({ deviceId, token: token === "b" ? "another" : token }));
    const removed = await scene.remove([...dead.toReversed(), ...dead, { deviceId: "999999", token: "a" }]);
    expect(removed.toSorted()).toEqual([linked[0]?.deviceId, linked[2]?.deviceId].toSorted());
    const tokens = await Promise.all(linked.map(({ installationId }) => scene.readToken(installationId)));
    expect(tokens).toEqual([null, "b", null]);
    expect(await scene.remove([])).toEqual([]);
  });

  test("is recorded once for its user, by the system and without the token", async () => {
    await using scene = await openScene();
    const { installationId, deviceId } = await scene.link("dead");
    const nobodys = newInstallationId();
    await registerDevice(scene.server.url, nobodys, { pushToken: "nobody's" });
    await scene.remove([{ deviceId, token: "dead" }]);
    await scene.remove([{ deviceId, token: "dead" }]);
    await scene.remove([{ deviceId: await findId(scene.database, nobodys), token: "nobody's" }]);
    const events = await scene.database.query(
      `select e.actor_kind as actor, e.account_id as account, d.installation_id as device, e::text ~ 'dead|nobody' as secret
        from audit_event e left join device d on d.public_id::text = e.target_id
        where action = 'device.push_token_removed' order by e.id`,
    );
    expect(events).toEqual([
      { actor: "system", account: scene.ada.userId, device: installationId, secret: false },
      { actor: "system", account: null, device: nobodys, secret: false },
    ]);
  });

  test("stays removed and does no harm when its app sends another at the same moment", async () => {
    await using scene = await openScene();
    const { installationId, deviceId } = await scene.link("dead");
    const change = `
      update device set push_token = 'fresh', push_token_set_at = now() where installation_id = '${installationId}'`;
    const removed = await whileChanging(scene.database, change, () => scene.remove([{ deviceId, token: "dead" }]));
    expect(removed).toEqual([]);
    expect(await scene.readToken(installationId)).toBe("fresh");
  });

  test("does not deadlock with devices that swap their tokens meanwhile", async () => {
    await using scene = await openScene();
    const linked = [await scene.link("one"), await scene.link("two"), await scene.link("three")];
    const tokens = ["one", "two", "three"];
    for (let round = 0; round < 20; round += 1) {
      const dead = linked.map(({ deviceId }, index) => ({ deviceId, token: String(tokens[(index + round) % 3]) }));
      const answers = await Promise.all([
        scene.remove(dead),
        scene.remove(dead.toReversed()),
        ...linked.map(({ installationId }, index) =>
          linkDevice(scene.server.url, scene.ada, { installationId, pushToken: tokens[(index + round + 1) % 3] }),
        ),
      ]);
      expect(answers.flatMap((answer) => ("status" in answer ? [answer.status] : []))).toEqual([200, 200, 200]);
      const held = await scene.database.query("select push_token from device where push_token is not null");
      expect(new Set(held.map((row) => row["push_token"])).size).toBe(held.length);
    }
  });
});
