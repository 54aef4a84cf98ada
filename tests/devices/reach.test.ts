import { beforeEach, describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { removeDeadTokens } from "../../packages/server/src/device/dead-tokens.ts";
import { endings } from "../revocation/endings.ts";
import { registerWithRoles } from "../support/administrators.ts";
import {
  linkDevice,
  newDeviceSecret,
  newInstallationId,
  registerDevice,
  signOut,
  unlinkDevice,
} from "../support/devices.ts";
import { login } from "../support/logins.ts";
import { deactivate, deleteAccount } from "../support/own-data.ts";
import { listTargets } from "../support/reach.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();
const sharedEmbedded = shareGatehouse({ embedded: true });

const newToken = () => `token-${crypto.randomUUID()}`;

/** Ada, signed in on a device that gets messages. */
async function openScene(server = shared()) {
  const pushToken = newToken();
  const [installationId, deviceSecret] = [newInstallationId(), newDeviceSecret()];
  const device = { installationId, deviceSecret, platform: "android", pushToken };
  const ada = await registerAccount(server.url, { device });
  expect(await listTargets(server, ada)).toEqual([pushToken]);
  return { server, ada, installationId, deviceSecret, device, pushToken };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

const inactive = async ({ server, installationId }: Scene) => {
  const { rows } = await runSql(
    server.gatehouse.deps.db,
    `select active from device where installation_id = '${installationId}'`,
  );
  return rows.map(({ active }) => active === false);
};

describe.each([{ embedded: false }, { embedded: true }])("a device (embedded: $embedded)", ({ embedded }) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await openScene(embedded ? sharedEmbedded() : shared());
  });

  const expectSilence = async () => expect(await listTargets(scene.server, scene.ada)).toEqual([]);

  test("gets messages while any of its user's sessions on it lives, and none after the last", async () => {
    const { server, ada, device, pushToken } = scene;
    const { session } = (await login(server.url, { identifier: ada.email, password: ada.password, device })).body;
    await signOut(server.url, ada);
    expect(await listTargets(server, ada)).toEqual([pushToken]);
    await signOut(server.url, session);
    await expectSilence();
    expect(await inactive(scene)).toEqual([true]);
  });

  test("gets none while it is muted, and again afterwards", async () => {
    const { server, ada, installationId, pushToken } = scene;
    const mute = (muted: boolean) =>
      rest(server.url, `/v1/devices/${installationId}`, { method: "PATCH", token: ada.accessToken, body: { muted } });
    await mute(true);
    await expectSilence();
    await mute(false);
    expect(await listTargets(server, ada)).toEqual([pushToken]);
  });

  test("gets none once its user's sessions on it have expired, although nobody ended them", async () => {
    const { server } = scene;
    server.clock.advance(366 * 24 * 60 * 60);
    await expectSilence();
  });

  test("gets none without a token", async () => {
    const { server, ada, installationId } = scene;
    await linkDevice(server.url, ada, { installationId, platform: "android", pushToken: null });
    await expectSilence();
  });

  test("gets none for its user after its token is dead", async () => {
    const { server, installationId, pushToken } = scene;
    const deps = { ...server.gatehouse.deps, call: systemCall };
    const { rows } = await runSql(deps.db, `select id from device where installation_id = '${installationId}'`);
    await removeDeadTokens(deps, [{ deviceId: String(rows[0]?.["id"]), token: pushToken }]);
    await expectSilence();
  });

  test("gets none for its user after they unlinked it", async () => {
    const { server, ada, installationId } = scene;
    await unlinkDevice(server.url, ada, installationId);
    await expectSilence();
  });

  test("gets none for its user after another has taken it over with its secret, and the token", async () => {
    const { server, ada, installationId, deviceSecret, pushToken } = scene;
    const bob = await registerAccount(server.url);
    await linkDevice(server.url, bob, { installationId, deviceSecret, platform: "android" });
    await expectSilence();
    expect(await listTargets(server, bob)).toEqual([pushToken]);
    await signOut(server.url, ada);
    expect(await listTargets(server, bob)).toEqual([pushToken]);
  });

  test("gets none after a sign-in that names it, if that session is on another device by then", async () => {
    const { server, ada } = scene;
    await linkDevice(server.url, ada, { installationId: newInstallationId(), platform: "android" });
    await expectSilence();
  });

  test("that nobody signed in on gets none", async () => {
    const { server, ada, installationId, deviceSecret } = scene;
    await signOut(server.url, ada);
    await registerDevice(server.url, installationId, { deviceSecret, platform: "android" });
    await expectSilence();
  });
});

describe("a device gets no more messages for its user after", () => {
  test.each(Object.entries(endings))("%s", async (_name, prepare) => {
    const scene = await openScene();
    const end = await prepare(scene.server, scene.ada);
    await end();
    expect(await listTargets(scene.server, scene.ada)).toEqual([]);
  });

  const byOperator =
    (path: string, method: string, body?: object) =>
    async ({ url }: Scene["server"], ada: Account) => {
      const { accessToken: token } = await registerWithRoles(shared());
      return await rest(url, `/v1/users/${ada.userId}${path}`, { method, token, body });
    };

  test.each<[string, (server: Scene["server"], ada: Account) => Promise<{ status: number }>]>([
    ["an operator ends their sessions", byOperator("/sessions", "DELETE")],
    ["an operator disables them", byOperator("/disable", "POST", { reason: "A test" })],
    ["an operator deletes them", byOperator("", "DELETE")],
    ["an operator makes them choose another password", byOperator("/require-password-change", "POST", {})],
    ["they deactivate their account", ({ url }, ada) => deactivate(url, ada)],
    ["they delete their account", ({ url }, ada) => deleteAccount(url, ada)],
  ])("%s, and it is inactive", async (_name, end) => {
    const scene = await openScene();
    expect((await end(scene.server, scene.ada)).status).toBeLessThan(300);
    expect(await listTargets(scene.server, scene.ada)).toEqual([]);
    expect(await inactive(scene)).toEqual([true]);
  });
});
