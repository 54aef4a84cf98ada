import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import {
  linkDevice,
  newDeviceSecret,
  newInstallationId,
  readDevice,
  registerDevice,
  unlinkDevice,
} from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";

/** Longer than an entry of an index may be, with what a bytea would read otherwise, and not to be compressed. */
const longToken = `\\x00\\'é${Array.from({ length: 100 }, () => crypto.randomUUID()).join("\\")}`;

/** Where messages go, by installation. */
async function readHolders({ database }: TestGatehouse, pushToken: string) {
  const rows = await database?.query("select installation_id from device where push_token = $1", [pushToken]);
  return rows?.map((row) => row["installation_id"]);
}

const devicesOf = async (url: string, { accessToken: token }: Pick<Account, "accessToken">) =>
  (await rest(url, "/v1/devices", { token })).body.items;

const logout = (url: string, { accessToken: token }: Pick<Account, "accessToken">) =>
  rest(url, "/v1/auth/logout", { method: "POST", token });

interface Bringing {
  readonly server: TestGatehouse;
  readonly bob: Account;
  readonly pushToken: string;
}

/** Every way to bring a push token for an installation; each is Bob's or nobody's. */
const waysToBring: readonly [string, (bringing: Bringing, installationId: string) => Promise<{ status: number }>][] = [
  ["links it", ({ server, bob, pushToken }, id) => linkDevice(server.url, bob, { installationId: id, pushToken })],
  ["registers it anonymously", ({ server, pushToken }, id) => registerDevice(server.url, id, { pushToken })],
  [
    "signs in on it",
    ({ server, bob, pushToken }, installationId) => {
      const device = { installationId, platform: "android", pushToken };
      return rest(server.url, "/v1/auth/login", { body: { identifier: bob.email, password: bob.password, device } });
    },
  ],
  [
    "registers an account on it",
    async ({ server, pushToken }, installationId) => {
      const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
      const device = { installationId, platform: "web", pushToken };
      return await rest(server.url, "/v1/auth/register", { body: { ...credentials, device } });
    },
  ],
];

describe.skipIf(postgresUnreachable)("row 40: a push token of Ada's phone", () => {
  test.each(waysToBring)(
    "leaves her installation when Bob %s with a new installation on that phone",
    async (_, bring) => {
      await using server = await startGatehouse();
      for (const pushToken of ["the-token-of-the-phone", longToken]) {
        const device = { installationId: newInstallationId(), platform: "ios", pushToken, name: "Ada's phone" };
        const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
        const next = newInstallationId();
        const { status } = await bring({ server, bob, pushToken }, next);
        expect([200, 201]).toContain(status);
        expect(await readHolders(server, pushToken)).toEqual([next]);
        expect(await devicesOf(server.url, ada)).toMatchObject([
          { installationId: device.installationId, name: "Ada's phone", active: true, hasPushToken: false },
        ]);
      }
    },
  );

  test("comes back to her installation when she brings it again, and bringing it twice changes nothing", async () => {
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

  test("does not wake up with her installation after a logout, when another has it by then", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = { installationId: newInstallationId(), platform: "ios", pushToken };
    const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
    await logout(server.url, ada);
    const his = newInstallationId();
    await linkDevice(server.url, bob, { installationId: his, pushToken });
    const { installationId } = device;
    const again = { identifier: ada.email, password: ada.password, device: { installationId, platform: "ios" } };
    expect((await rest(server.url, "/v1/auth/login", { body: again })).status).toBe(200);
    expect(await readHolders(server, pushToken)).toEqual([his]);
  });

  test("stays where it is when the call that brings it is refused", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = { installationId: newInstallationId(), platform: "ios", pushToken };
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

  test("is not named to whoever takes it, nor whose it was", async () => {
    await using server = await startGatehouse();
    const pushToken = "the-token-of-the-phone";
    const device = { installationId: newInstallationId(), platform: "ios", pushToken, name: "Ada's phone" };
    const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
    const taking = await linkDevice(server.url, bob, { installationId: newInstallationId(), pushToken });
    const nobodys = await linkDevice(server.url, bob, { installationId: newInstallationId(), pushToken: "nobody's" });
    expect(Object.keys(taking.body)).toEqual(Object.keys(nobodys.body));
    for (const secret of [pushToken, ada.userId, "Ada's phone", device.installationId]) {
      expect(JSON.stringify(taking.body)).not.toContain(secret);
    }
  });
});

describe.skipIf(postgresUnreachable)("row 40: of installations that bring one push token at once", () => {
  test("one holds it in the end, whatever way they bring it, and none fails", async () => {
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

  test("the same goes for those that swap their tokens", async () => {
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

  test("and of one whose user opens a magic link, which ends the sessions on it first", async () => {
    await using server = await startGatehouse();
    const round = async (index: number) => {
      const phone = {
        installationId: newInstallationId(),
        deviceSecret: newDeviceSecret(),
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

  test("and of those whose users sign out or unlink meanwhile", async () => {
    await using server = await startGatehouse();
    const round = async (_: unknown, index: number) => {
      const pushToken = `token ${index}`;
      const device = { installationId: newInstallationId(), platform: "ios", pushToken };
      const [ada, bob] = [await registerAccount(server.url, { device }), await registerAccount(server.url)];
      const his = newInstallationId();
      const [taken, ...left] = await Promise.all([
        linkDevice(server.url, bob, { installationId: his, pushToken }),
        linkDevice(server.url, ada, { ...device }),
        unlinkDevice(server.url, ada, device.installationId),
        logout(server.url, ada),
      ]);
      expect(taken.status).toBe(200);
      for (const { status } of left) expect([200, 204, 401, 404]).toContain(status);
      expect((await readHolders(server, pushToken))?.length).toBeLessThanOrEqual(1);
    };
    await Promise.all(Array.from({ length: 8 }, round));
  });
});

/** Ada's app, before she signs in, on an installation whose id Bob knows. */
async function openAnonymous() {
  const database = await createTestDatabase();
  const server = await startGatehouse({ database });
  const installationId = newInstallationId();
  const fields = { name: "Ada's phone", model: "X1", osVersion: "17", appVersion: "1.0", pushToken: "hers" };
  const { body } = await registerDevice(server.url, installationId, fields);
  server.clock.advance(60);
  return {
    server,
    url: server.url,
    installationId,
    deviceSecret: String(body.deviceSecret),
    device: body.device,
    read: () => readDevice(database, installationId),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(postgresUnreachable)("row 40: an anonymous installation whose id a stranger knows", () => {
  test.each([
    ["no secret", {}],
    ["a secret of their own", { deviceSecret: newDeviceSecret() }],
  ])("is nothing but its id to one who links it with %s", async (_what, secret) => {
    await using scene = await openAnonymous();
    const { url, installationId, device } = scene;
    const { status, body } = await linkDevice(url, await registerAccount(url), { installationId, ...secret });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: null, model: null, osVersion: null, appVersion: null, hasPushToken: false });
    expect(body.id).not.toBe(device.id);
    for (const moment of ["createdAt", "updatedAt", "lastSeenAt"]) expect(body[moment]).not.toBe(device[moment]);
  });

  test("is nothing but its id to one who names it at a sign-in or a registration either", async () => {
    for (const path of ["/v1/auth/login", "/v1/auth/register"]) {
      await using scene = await openAnonymous();
      const { installationId, url } = scene;
      const device = { installationId, platform: "web", name: "Bob's" };
      const { email, password } = await registerAccount(url);
      const body = path.endsWith("login")
        ? { identifier: email, password, device }
        : { email: `${crypto.randomUUID()}@example.com`, password, device };
      const { session } = (await rest(url, path, { body })).body;
      const [linked] = await devicesOf(url, session);
      expect(linked).toMatchObject({ name: "Bob's", model: null, platform: "web", hasPushToken: false });
      expect(linked.id).not.toBe(scene.device.id);
      expect(await scene.read()).toMatchObject({ pushToken: null });
    }
  });

  test("opens no more with the secret that it had, once it has started clean", async () => {
    await using scene = await openAnonymous();
    const { url, installationId, deviceSecret } = scene;
    const bob = await registerAccount(url);
    await linkDevice(url, bob, { installationId, pushToken: "his", name: "Bob's" });
    const before = await scene.read();
    const hers = await registerDevice(url, installationId, { deviceSecret, pushToken: "hers again" });
    expect([hers.status, hers.body.code]).toEqual([403, "DEVICE_SECRET_INVALID"]);
    const linked = await linkDevice(url, await registerAccount(url), { installationId, deviceSecret });
    expect([linked.status, linked.body.code]).toEqual([409, "DEVICE_LINKED_TO_ANOTHER_USER"]);
    expect(await scene.read()).toEqual(before);
    await logout(url, bob);
    const later = await linkDevice(url, await registerAccount(url), { installationId, deviceSecret });
    expect([later.status, later.body.name, later.body.hasPushToken]).toEqual([200, null, false]);
  });

  test("works for its own app, which lost the secret, with a new one", async () => {
    await using scene = await openAnonymous();
    const { url, installationId } = scene;
    const ada = await registerAccount(url);
    const deviceSecret = newDeviceSecret();
    const linked = await linkDevice(url, ada, { installationId, deviceSecret, pushToken: "hers" });
    expect([linked.status, linked.body.hasPushToken]).toEqual([200, true]);
    const update = await registerDevice(url, installationId, { deviceSecret, name: "renamed" });
    expect([update.status, update.body.device.name]).toEqual([201, "renamed"]);
  });

  test("is taken over with what is in it by its own app alone, when the stranger links it at the same time", async () => {
    await using server = await startGatehouse();
    const round = async () => {
      const installationId = newInstallationId();
      const anonymous = await registerDevice(server.url, installationId, { name: "Ada's phone" });
      const { deviceSecret } = anonymous.body;
      const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
      const [hers, his] = await Promise.all([
        linkDevice(server.url, ada, { installationId, deviceSecret }),
        linkDevice(server.url, bob, { installationId }),
      ]);
      expect([hers.status, his.status].toSorted()).toEqual([200, 409]);
      if (his.status === 200) expect(his.body.name).toBeNull();
      else expect(hers.body).toMatchObject({ name: "Ada's phone", id: anonymous.body.device.id });
    };
    await Promise.all(Array.from({ length: 8 }, round));
  });
});

describe.skipIf(postgresUnreachable)(
  "row 40: after Ada, whose app has a secret, logged out and Bob started clean",
  () => {
    test("her secret takes nothing of his", async () => {
      await using database = await createTestDatabase();
      await using server = await startGatehouse({ database });
      const device = { installationId: newInstallationId(), platform: "ios", deviceSecret: newDeviceSecret() };
      const ada = await registerAccount(server.url, { device });
      await logout(server.url, ada);
      const bob = await registerAccount(server.url);
      const { installationId, deviceSecret } = device;
      await linkDevice(server.url, bob, { installationId, name: "Bob's", pushToken: "his" });
      const before = await readDevice(database, installationId);
      const body = { identifier: ada.email, password: ada.password, device };
      expect((await rest(server.url, "/v1/auth/login", { body })).body.code).toBe("DEVICE_LINKED_TO_ANOTHER_USER");
      expect((await registerDevice(server.url, installationId, { deviceSecret })).status).toBe(403);
      expect(await readDevice(database, installationId)).toEqual(before);
    });
  },
);
