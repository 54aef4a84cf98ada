import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "./support/database.ts";
import { startGatehouse } from "./support/gatehouse.ts";
import { whileChanging } from "./support/held-change.ts";
import { countStatuses } from "./support/logins.ts";
import { rest } from "./support/rest.ts";

const password = "correct horse battery";

/** A server whose jobs stay in the queue. */
async function openScene(environment: Readonly<Record<string, string>> = {}) {
  const database = await createTestDatabase();
  const server = await startGatehouse({ database, environment: { JOBS: "off", ...environment } });
  const register = (email: string, fields: Readonly<Record<string, unknown>> = {}) =>
    rest(server.url, "/v1/auth/register", { body: { email, password, ...fields } });
  return {
    server,
    database,
    register,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function readJobs(database: TestDatabase) {
  const rows = await database.query("select name from pgboss.job where name like 'send-mail%' order by name");
  return rows.map((row) => row["name"]);
}

describe.skipIf(postgresUnreachable)("registrations at once", () => {
  test("of one address send one mail, and leave nothing of those that are refused", async () => {
    await using scene = await openScene();
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.register("ada@example.com")));
    expect(countStatuses(answers)).toEqual({ 201: 1, 409: 7 });
    expect(await readJobs(scene.database)).toEqual(["send-mail"]);
    expect(await scene.database.query("select sent from mail_pace")).toEqual([{ sent: 1 }, { sent: 1 }]);
    for (const table of [`"user"`, "password", "session", "one_time_token"]) {
      expect([table, await scene.database.query(`select from ${table}`)]).toEqual([table, [{}]]);
    }
  });

  test.each([
    { pause: 60, jobs: ["send-mail", "send-mail-later", "send-mail-later", "send-mail-later"] },
    { pause: 0, jobs: ["send-mail", "send-mail", "send-mail", "send-mail"] },
  ])("of several spellings of one mailbox send their mails with a pause of $pause s", async ({ pause, jobs }) => {
    await using scene = await openScene({ LIMIT_MAIL_SPACING_SECONDS: String(pause) });
    const tags = ["one", "two", "three", "four"];
    const answers = await Promise.all(tags.map((tag) => scene.register(`ada+${tag}@example.com`)));
    expect(countStatuses(answers)).toEqual({ 201: 4 });
    expect(await readJobs(scene.database)).toEqual(jobs);
    const [{ sent } = {}] = await scene.database.query("select max(sent) as sent from mail_pace");
    expect(sent).toBe(4);
  });

  test("on one new device link it to one of the users", async () => {
    await using scene = await openScene();
    const device = { installationId: "installation-1", platform: "ios" };
    const answers = await Promise.all(
      ["ada", "bob", "eve"].map((name) => scene.register(`${name}@example.com`, { device })),
    );
    const statuses = answers.map(({ body }) => body.deviceStatus).toSorted();
    expect(statuses).toEqual(["linked", "linked_to_another_user", "linked_to_another_user"]);
    const sessions = await scene.database.query(
      "select d.user_id = s.user_id as is_theirs from session s join device d on d.id = s.device_id",
    );
    expect(sessions).toEqual([{ is_theirs: true }]);
  });

  test("cannot exceed the mails that their address may cause", async () => {
    await using scene = await openScene({ LIMIT_MAILS_PER_IP_PER_HOUR: "2" });
    const names = ["ada", "bob", "eve", "joe"];
    const answers = await Promise.all(names.map((name) => scene.register(`${name}@example.com`)));
    expect(countStatuses(answers)).toEqual({ 201: 2, 429: 2 });
  });
});

describe.skipIf(postgresUnreachable)("a registration", () => {
  test("is refused for an address that is being moved away from, and that the former owner may take back", async () => {
    await using scene = await openScene();
    await scene.register("bob@example.com");
    // Seen by nobody before it is committed: the address is taken, and then given up with a link that undoes this.
    const change = `
      insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
        select gen_random_uuid(), 'ada@example.com', 'ada@example.com', locale, status, roles, created_at, updated_at
        from "user";
      insert into one_time_token (user_id, purpose, target, target_canonical, slot, digest, attempts, created_at, expires_at)
        select max(id), 'undo_email_change', 'ada@example.com', 'ada@example.com', 'ada@example.com', '\\x00', 0,
          max(created_at), max(created_at) + interval '1 week' from "user";
      update "user" set email = 'new@example.com', email_canonical = 'new@example.com'
        where email_canonical = 'ada@example.com'`;
    const refused = await whileChanging(scene.database, change, () => scene.register("ada@example.com"));
    expect([refused.status, refused.body.code]).toEqual([409, "EMAIL_TAKEN"]);
    expect(await scene.database.query(`select from "user" where email = 'ada@example.com'`)).toEqual([]);
    expect(await readJobs(scene.database)).toEqual(["send-mail"]);
  });

  test("that is refused uses up none of the mails that its address may cause", async () => {
    await using scene = await openScene({ LIMIT_MAILS_PER_IP_PER_HOUR: "2" });
    expect((await scene.register("ada@example.com")).status).toBe(201);
    for (let index = 0; index < 3; index++) {
      expect((await scene.register("ada@example.com")).body.code).toBe("EMAIL_TAKEN");
      expect((await scene.register("bob@example.com", { password: "short" })).body.code).toBe("PASSWORD_TOO_WEAK");
      expect((await scene.register("no address")).body.code).toBe("INVALID_INPUT");
    }
    expect((await scene.register("bob@example.com")).status).toBe(201);
    expect((await scene.register("eve@example.com")).body.code).toBe("TOO_MANY_REQUESTS");
  });
});
