import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { readDevice, registerDevice } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { whileChanging } from "../support/held-change.ts";
import { login } from "../support/logins.ts";
import { registerAccount } from "../support/rest.ts";

const installationId = "installation-1";
const device = { installationId, platform: "ios", pushService: "fcm", name: "Ada's phone", pushToken: "hers" };

const noToken = "push_token = null, push_service = null, push_token_set_at = null";
const herToken = "push_token = 'hers', push_service = 'fcm', push_token_set_at = now()";

/** Ada, who may have a device already, and Bob. */
async function openScene({ hasDevice }: { readonly hasDevice: boolean }) {
  const database = await createTestDatabase();
  const server = await startGatehouse({ database, environment: { JOBS: "off" } });
  const ada = await registerAccount(server.url, hasDevice ? { device } : {});
  const bob = await registerAccount(server.url);
  return {
    server,
    database,
    ada,
    bob,
    signIn: (named: Readonly<Record<string, unknown>> = device) =>
      login(server.url, { identifier: ada.email, password: ada.password, device: named }),
    /** Whether the sessions are on the device of this installation, oldest first. */
    readSessions: async (userId: string) => {
      const rows = await database.query(
        `select d.installation_id from session s join "user" u on u.id = s.user_id left join device d on d.id = s.device_id
          where u.public_id = $1 order by s.id`,
        [userId],
      );
      return rows.map((row) => row["installation_id"] === installationId);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(postgresUnreachable)("several logins on one device at once", () => {
  test.each([{ hasDevice: true }, { hasDevice: false }])(
    "all start a session on it ($hasDevice: whether it was the user's before)",
    async (given) => {
      await using scene = await openScene(given);
      const answers = await Promise.all(Array.from({ length: 4 }, () => scene.signIn({ ...device, pushToken: null })));
      expect(answers.map(({ body }) => body.deviceStatus)).toEqual(Array(4).fill("linked"));
      expect(await scene.readSessions(scene.ada.userId)).toEqual([given.hasDevice, true, true, true, true]);
      expect(await scene.database.query("select from device")).toHaveLength(1);
    },
  );
});

describe.skipIf(postgresUnreachable)("a login on the user's own device", () => {
  test("starts a session without it if another user signed in on it meanwhile", async () => {
    await using scene = await openScene({ hasDevice: true });
    const { database, signIn, ada, bob } = scene;
    const change = `
      update session set device_id = (select id from device) where user_id = (select max(id) from "user");
      update device set user_id = (select max(id) from "user"), name = 'Bob''s phone', ${noToken}`;
    const { status, body } = await whileChanging(database, change, signIn);
    expect([status, body.deviceStatus]).toEqual([200, "linked_to_another_user"]);
    expect(await readDevice(database, installationId)).toMatchObject({ userId: bob.userId, name: "Bob's phone" });
    expect(await scene.readSessions(ada.userId)).toEqual([true, false]);
  });

  test("claims it again if it was unlinked meanwhile, without what it was sent before", async () => {
    await using scene = await openScene({ hasDevice: true });
    const change = `update device set user_id = null, active = false, ${noToken}, model = 'X1'`;
    const { body } = await whileChanging(scene.database, change, scene.signIn);
    expect(body.deviceStatus).toBe("linked");
    const expected = {
      userId: scene.ada.userId,
      active: true,
      pushToken: "hers",
      pushService: "fcm",
      name: "Ada's phone",
    };
    expect(await readDevice(scene.database, installationId)).toEqual(expected);
    expect(await scene.database.query("select from device where model is null")).toHaveLength(1);
  });

  test("changes nothing of it if the user was disabled meanwhile", async () => {
    await using scene = await openScene({ hasDevice: true });
    const before = await scene.database.query("select * from device");
    const change = `select from "user" for no key update; update "user" set status = 'disabled'`;
    const signIn = () => scene.signIn({ ...device, name: "another" });
    expect((await whileChanging(scene.database, change, signIn)).body.code).toBe("ACCOUNT_DISABLED");
    expect(await scene.database.query("select * from device")).toEqual(before);
    expect(await scene.readSessions(scene.ada.userId)).toEqual([true]);
  });

  test("adds it anew if it was deleted meanwhile", async () => {
    await using scene = await openScene({ hasDevice: true });
    const { body } = await whileChanging(scene.database, "delete from device", scene.signIn);
    expect(body.deviceStatus).toBe("linked");
    expect(await readDevice(scene.database, installationId)).toMatchObject({ userId: scene.ada.userId, active: true });
    expect(await scene.readSessions(scene.ada.userId)).toEqual([false, true]);
  });

  test("brings its push token back if another device got it meanwhile", async () => {
    await using scene = await openScene({ hasDevice: true });
    await registerDevice(scene.server.url, "installation-2");
    const change = `
      update device set ${noToken} where installation_id = 'installation-1';
      update device set ${herToken} where installation_id = 'installation-2'`;
    expect((await whileChanging(scene.database, change, scene.signIn)).body.deviceStatus).toBe("linked");
    expect(await readDevice(scene.database, installationId)).toMatchObject({ pushToken: "hers" });
    expect(await readDevice(scene.database, "installation-2")).toMatchObject({ pushToken: null });
  });
});

describe.skipIf(postgresUnreachable)("logins on two new devices at once", () => {
  test("that send the same push token leave it on one of them", async () => {
    await using scene = await openScene({ hasDevice: false });
    const names = ["installation-1", "installation-2"];
    const answers = await Promise.all(names.map((name) => scene.signIn({ ...device, installationId: name })));
    expect(answers.map(({ body }) => body.deviceStatus)).toEqual(["linked", "linked"]);
    const tokens = await Promise.all(
      names.map(async (name) => (await readDevice(scene.database, name))?.["pushToken"]),
    );
    expect(tokens.toSorted()).toEqual(["hers", null]);
  });
});

describe.skipIf(postgresUnreachable)("a login on a new device", () => {
  test("takes its push token from a device that got it meanwhile", async () => {
    await using scene = await openScene({ hasDevice: false });
    await registerDevice(scene.server.url, "installation-2");
    const change = `update device set ${herToken}`;
    expect((await whileChanging(scene.database, change, scene.signIn)).body.deviceStatus).toBe("linked");
    expect(await readDevice(scene.database, installationId)).toMatchObject({ pushToken: "hers" });
    expect(await readDevice(scene.database, "installation-2")).toMatchObject({ pushToken: null });
  });

  test("claims it if its app registered it meanwhile, and drops what the app sent then", async () => {
    await using scene = await openScene({ hasDevice: false });
    const change = `
      insert into device (public_id, installation_id, platform, model, active, created_at, updated_at, last_seen_at)
        values (gen_random_uuid(), 'installation-1', 'ios', 'X1', true, now(), now(), now())`;
    const signIn = () => scene.signIn({ installationId, platform: "ios", name: "Ada's phone" });
    expect((await whileChanging(scene.database, change, signIn)).body.deviceStatus).toBe("linked");
    expect(await readDevice(scene.database, installationId)).toMatchObject({ userId: scene.ada.userId });
    expect(await scene.database.query("select from device where model is null")).toHaveLength(1);
    expect(await scene.readSessions(scene.ada.userId)).toEqual([false, true]);
  });
});
