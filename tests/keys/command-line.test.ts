import { randomBytes } from "node:crypto";
import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { runGatehouse, runGatehouseProcess } from "../support/command-line.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { TestClock } from "../support/test-clock.ts";

const newKey = (version: number) => `${version}:${randomBytes(32).toString("base64")}`;

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Returns what runs `gatehouse keys …` on a database, as an operator does. */
function keysCommand(run: typeof runGatehouse) {
  return async (database: TestDatabase, keys: string, ...args: readonly string[]): Promise<Outcome> => {
    const environment = { NODE_ENV: "test", DATABASE_URL: database.url, ENCRYPTION_KEYS: keys };
    const { code, stdout, stderr } = await run(["keys", ...args], { environment });
    return { code, output: code === 0 ? stdout : stderr };
  };
}

const gatehouseKeys = keysCommand(runGatehouse);
const gatehouseKeysProcess = keysCommand(runGatehouseProcess);

/** The commands have the time of the machine, so their servers need it too. */
class RunningClock extends TestClock {
  override now(): Date {
    return new Date();
  }
}

function startServer(database: TestDatabase, keys: string): Promise<TestGatehouse> {
  const environment = { ENCRYPTION_KEYS: keys, JOBS: "off", DOCS: "off" };
  return startGatehouse({ database, environment, clock: new RunningClock() });
}

/** Registers a user without their mail, which would wait in the queue, sealed with the key of its time. */
async function registerWithoutMail({ url }: TestGatehouse, database: TestDatabase) {
  const account = await registerAccount(url);
  await database.query("delete from pgboss.job");
  return account;
}

const statusOf = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).status;

async function publishedBy(url: string): Promise<readonly string[]> {
  const { body } = await rest(url, "/.well-known/jwks.json");
  return body.keys.map(({ kid }: { kid: string }) => kid);
}

const kid = "[\\w-]{43}\\.[\\w-]{12}";
const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

describe.skipIf(postgresUnreachable)("gatehouse keys", () => {
  test("publishes the next key to servers that run, once, and lists both", async () => {
    await using database = await createTestDatabase();
    const keys = newKey(1);
    await using first = await startServer(database, keys);
    await using second = await startServer(database, keys);
    const { accessToken } = await registerWithoutMail(first, database);
    const old = decodeProtectedHeader(accessToken).kid ?? "";

    const { code, output } = await gatehouseKeysProcess(database, keys, "rotate");
    expect([code, output]).toEqual([0, expect.stringMatching(`^Published ${kid}; it signs from ${time}\\.\n$`)]);
    const [, next = ""] = output.split(/[ ;]/);
    const again = await gatehouseKeys(database, keys, "rotate");
    expect(again.output).toMatch(
      new RegExp(`^${next} is published already, and comes next; it signs from ${time}\\.\n$`),
    );
    for (const { url } of [first, second]) while ((await publishedBy(url)).length < 2);
    for (const { url } of [first, second]) {
      expect(await publishedBy(url)).toEqual([old, next]);
      expect(await statusOf(url, accessToken)).toBe(200);
    }

    const { output: listed } = await gatehouseKeys(database, keys, "list");
    expect(listed).toMatch(new RegExp(`^  ${old}  active  ${time}  ${time}  ${time}  ${time}$`, "m"));
    expect(listed).toMatch(new RegExp(`^  ${next}  next    ${time}  ${time}$`, "m"));
    expect(listed).toMatch(/^ {2}1 {8}encrypts {2}signing keys, sessions$/m);
    expect(listed).not.toMatch(/PRIVATE|"d"/);
  });

  test("replaces compromised keys on servers that run: their tokens end, their sessions go on", async () => {
    await using database = await createTestDatabase();
    const keys = newKey(1);
    await using first = await startServer(database, keys);
    await using second = await startServer(database, keys);
    const { accessToken, refreshToken } = await registerWithoutMail(first, database);
    for (const { url } of [first, second]) expect(await statusOf(url, accessToken)).toBe(200);
    await gatehouseKeys(database, keys, "rotate");

    const { code, output } = await gatehouseKeys(database, keys, "rotate", "--now");
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(`^${kid} signs from now on\\.\n(Deleted ${kid}; its access tokens have ended\\.\n){2}$`),
    ]);
    const [id] = output.split(" ");
    for (const { url } of [first, second]) while ((await statusOf(url, accessToken)) !== 401);
    for (const { url } of [first, second]) expect(await publishedBy(url)).toEqual([id]);
    const { body } = await rest(second.url, "/v1/auth/refresh", { body: { refreshToken } });
    expect(decodeProtectedHeader(body.session.accessToken).kid).toBe(id);
    expect(await statusOf(first.url, body.session.accessToken)).toBe(200);
  });

  test("re-encrypts, and lists the versions that can be dropped", async () => {
    await using database = await createTestDatabase();
    const [old, fresh] = [newKey(1), newKey(2)];
    {
      await using server = await startServer(database, old);
      await registerWithoutMail(server, database);
    }
    const both = `${fresh},${old}`;
    const { output: before } = await gatehouseKeys(database, both, "list");
    expect(before).toMatch(/^ {2}2 {8}encrypts$\n^ {2}1 {8}opens {5}signing keys, sessions$/m);
    expect(await gatehouseKeys(database, both, "reencrypt")).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^Sealed anew with version 2: 1 signing keys, 1 sessions\.\n(.*\n)+ {2}1 {8}no longer in use: may be dropped$/m,
      ),
    });
    const { output: listed } = await gatehouseKeys(database, fresh, "list");
    expect(listed).toMatch(/^ {2}2 {8}encrypts {2}signing keys, sessions\n$/m);
    await using server = await startServer(database, fresh);
    expect((await rest(server.url, "/health/ready")).status).toBe(200);
  });

  test("changes nothing without the keys that sealed the data, and lists the missing ones", async () => {
    await using database = await createTestDatabase();
    const [old, fresh] = [newKey(1), newKey(2)];
    expect((await gatehouseKeys(database, old, "rotate")).code).toBe(0);
    for (const command of [["rotate"], ["rotate", "--now"], ["reencrypt"]]) {
      expect(await gatehouseKeys(database, fresh, ...command)).toEqual({
        code: 1,
        output: expect.stringMatching(/^ENCRYPTION_KEYS has no version 1, which sealed signing keys .*\n$/),
      });
    }
    const { code, output } = await gatehouseKeys(database, fresh, "list");
    expect([code, output]).toEqual([0, expect.stringMatching(/^ {2}1 {8}missing: restore it {2}signing keys$/m)]);
  });
});
