import { beforeEach, describe, expect, test } from "vitest";
import {
  linkDevice,
  listDevices,
  newDeviceSecret,
  newInstallationId,
  registerDevice,
  signOut,
  unlinkDevice,
} from "../support/devices.ts";
import { login } from "../support/logins.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

const update = ({ accessToken: token }: Pick<Account, "accessToken">, installationId: string, body: object) =>
  rest(shared().url, `/v1/devices/${installationId}`, { method: "PATCH", token, body });

const again = ({ email: identifier, password }: Account) => ({ identifier, password });

describe("the owner of a device", () => {
  let installationId: string;
  let deviceSecret: string;
  let ada: Account;
  beforeEach(async () => {
    [installationId, deviceSecret] = [newInstallationId(), newDeviceSecret()];
    const device = { installationId, deviceSecret, platform: "ios", name: "phone", locale: "en" };
    ada = await registerAccount(shared().url, { device });
  });

  const isMuted = async (by: Pick<Account, "accessToken">) => (await listDevices(shared().url, by))[0].muted;

  test("names and mutes it from another device, and what is not mentioned stays", async () => {
    const { session } = (await login(shared().url, again(ada))).body;
    const changes = { name: "Ada's phone", muted: true, timeZone: "europe/madrid" };
    const { status, body } = await update(session, installationId, changes);
    expect(status).toBe(200);
    expect(body).toMatchObject({ installationId, name: "Ada's phone", muted: true, timeZone: "Europe/Madrid" });
    expect(body.locale).toBe("en");
    const [listed] = await listDevices(shared().url, ada);
    expect(listed).toEqual(body);
    expect((await update(ada, installationId, { muted: false, name: null })).body).toMatchObject({
      muted: false,
      name: null,
      locale: "en",
    });
  });

  test("keeps it muted through a logout and the next sign-in", async () => {
    await update(ada, installationId, { muted: true });
    await signOut(shared().url, ada);
    const device = { installationId, platform: "ios", pushToken: null };
    const { session } = (await login(shared().url, { ...again(ada), device })).body;
    expect(await isMuted(session)).toBe(true);
    await linkDevice(shared().url, session, { installationId });
    expect(await isMuted(session)).toBe(true);
  });

  test("does not mute it for the next, with or without its secret", async () => {
    for (const secret of [{ deviceSecret }, {}]) {
      await update(ada, installationId, { muted: true });
      await signOut(shared().url, ada);
      const bob = await registerAccount(shared().url);
      expect((await linkDevice(shared().url, bob, { installationId, ...secret })).body.muted).toBe(false);
      await update(bob, installationId, { muted: true });
      await unlinkDevice(shared().url, bob, installationId);
      const { session } = (await login(shared().url, { ...again(ada), device: { installationId, platform: "ios" } }))
        .body;
      expect(await isMuted(session)).toBe(false);
      ada = { ...ada, accessToken: session.accessToken };
    }
  });

  test("has it unmuted when its app registers it anonymously after a logout", async () => {
    await update(ada, installationId, { muted: true });
    await signOut(shared().url, ada);
    const { body } = await registerDevice(shared().url, installationId, { deviceSecret });
    expect(body.device).toMatchObject({ muted: false, active: true });
  });

  test("is the only one who may change it", async () => {
    const bob = await registerAccount(shared().url);
    const theirs = await update(bob, installationId, { muted: true, name: "Bob's" });
    const nobodys = await update(bob, newInstallationId(), { muted: true, name: "Bob's" });
    expect([theirs.status, theirs.body.code, theirs.body.detail]).toEqual([404, "NOT_FOUND", nobodys.body.detail]);
    expect((await listDevices(shared().url, ada))[0]).toMatchObject({ name: "phone", muted: false });
  });

  test("cannot change what only the installation knows", async () => {
    for (const field of ["pushToken", "deviceSecret", "platform", "appVersion", "active"]) {
      const { status, body } = await update(ada, installationId, { [field]: "ios" });
      expect([field, status, body.code]).toEqual([field, 400, "INVALID_INPUT"]);
    }
  });
});
