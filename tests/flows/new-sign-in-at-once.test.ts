import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { newInstallationId } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";

/** A server without workers, so that its jobs stay, and an account whose address is proven. */
async function startWithOwner(environment: Readonly<Record<string, string>> = {}) {
  const database = await createTestDatabase();
  const server = await startGatehouse({ database, environment: { JOBS: "off", ...environment } });
  const device = { installationId: newInstallationId(), platform: "ios" };
  const owner = await registerAccount(server.url, { device });
  await database.query(`update "user" set email_verified_at = created_at`);
  const close = async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  };
  return { database, server, device, owner, [Symbol.asyncDispose]: close };
}

type Credentials = Readonly<{ email: string; password: string }>;

const signIn = ({ url }: TestGatehouse, { email: identifier, password }: Credentials, agent: string, device?: object) =>
  rest(url, "/v1/auth/login", {
    body: { identifier, password, ...(device && { device }) },
    headers: { "user-agent": agent },
  });

const notices = (database: TestDatabase) =>
  database.query("select from pgboss.job where data->>'template' = 'new-sign-in'");

const sessions = (database: TestDatabase) => database.query("select from session");

describe.skipIf(postgresUnreachable)("a sign-in from a new place", () => {
  test("is refused if its notice cannot be enqueued: there is no session of which the owner is not told", async () => {
    await using opened = await startWithOwner();
    const { database, server, owner } = opened;
    await database.query(`
      create function refuse_job() returns trigger language plpgsql as $$ begin raise exception 'no jobs today'; end $$;
      create trigger refuse_job before insert on pgboss.job for each row execute function refuse_job()`);
    expect((await signIn(server, owner, "Stranger/1.0")).status).toBe(500);
    expect(await sessions(database)).toHaveLength(1);
    await database.query("drop trigger refuse_job on pgboss.job");
    expect((await signIn(server, owner, "Stranger/1.0")).status).toBe(200);
    expect(await sessions(database)).toHaveLength(2);
    expect(await notices(database)).toHaveLength(1);
  });

  test("enqueues the notice once if the device turns out to be somebody else's, and counts it once", async () => {
    await using opened = await startWithOwner({ LIMIT_SECURITY_MAILS_PER_USER_PER_DAY: "2" });
    const { database, server, device } = opened;
    const stranger = await registerAccount(server.url);
    await database.query(`update "user" set email_verified_at = created_at`);
    const answer = await signIn(server, stranger, "Stranger/1.0", device);
    expect(answer.body.deviceStatus).toBe("linked_to_another_user");
    expect(await notices(database)).toHaveLength(1);
    expect((await signIn(server, stranger, "Stranger/2.0")).status).toBe(200);
    expect(await notices(database)).toHaveLength(2);
    expect((await signIn(server, stranger, "Stranger/3.0")).status).toBe(200);
    expect(await notices(database)).toHaveLength(2);
  });

  test("is possible after the day's notices are used up", async () => {
    await using opened = await startWithOwner({ LIMIT_SECURITY_MAILS_PER_USER_PER_DAY: "1" });
    const { database, server, owner } = opened;
    for (const agent of ["Stranger/1.0", "Stranger/2.0", "Stranger/3.0"]) {
      expect((await signIn(server, owner, agent)).status).toBe(200);
    }
    expect(await sessions(database)).toHaveLength(4);
    expect(await notices(database)).toHaveLength(1);
  });

  test("that is sent several times at once is told at least once, and each of them signs in", async () => {
    await using opened = await startWithOwner();
    const { database, server, owner } = opened;
    const answers = await Promise.all(Array.from({ length: 5 }, () => signIn(server, owner, "Stranger/1.0")));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(await sessions(database)).toHaveLength(6);
    expect((await notices(database)).length).toBeGreaterThan(0);
  });
});
