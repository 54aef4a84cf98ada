import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startMailServer } from "../../packages/server/src/delivery/email/testing/mail-server.ts";
import { apnsError, startApns } from "../../packages/server/src/delivery/push/testing/apns-server.ts";
import { expoAccessToken, startExpo } from "../../packages/server/src/delivery/push/testing/expo-server.ts";
import { startFcm } from "../../packages/server/src/delivery/push/testing/fcm-server.ts";
import { openBucket } from "../support/bucket.ts";
import { runGatehouse, runGatehouseProcess } from "../support/command-line.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { createEmbeddedDatabase } from "../support/embedded-database.ts";
import { freePort } from "../support/free-port.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { listenOn } from "../support/listen-on.ts";

type Settings = Readonly<Record<string, string>>;

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly remedy?: string;
}

const encryptionKeys = `1:${randomBytes(32).toString("base64")}`;

/** Nobody listens there, whatever runs on this machine. */
const unusedUrl = async () => `http://127.0.0.1:${await freePort()}`;

async function settingsFor(database: TestDatabase | undefined, changes: Settings = {}): Promise<Settings> {
  const url = database?.url ?? "postgres://127.0.0.1:1/nowhere";
  const address = await unusedUrl();
  return { NODE_ENV: "test", DATABASE_URL: url, ENCRYPTION_KEYS: encryptionKeys, PUBLIC_URL: address, ...changes };
}

async function examine(environment: Settings) {
  const { code, stdout, stderr } = await runGatehouse(["doctor", "--json"], { environment });
  const findings: readonly Finding[] = JSON.parse(stdout);
  const of = (check: string) => findings.find((finding) => finding.check === check);
  return { code, stdout, stderr, findings, of };
}

describe.skipIf(postgresUnreachable)("gatehouse doctor", () => {
  test("finds a new database healthy, without a server and in a process of its own", async () => {
    await using database = await createTestDatabase();
    const environment = await settingsFor(database);
    const { code, stdout, stderr } = await runGatehouseProcess(["doctor"], { environment });
    expect([code, stderr]).toEqual([0, ""]);
    const checks = stdout.split("\n").map((line) => line.match(/^(ok|warning|failed) +(\w+( URL)?)/)?.slice(1, 3));
    expect(checks.filter((check) => check !== undefined)).toEqual(
      [
        "configuration",
        "versions",
        "disk",
        "database",
        "migrations",
        "connections",
        "clock",
        "keys",
        "jobs",
        "mail",
        "sms",
        "push",
        "pictures",
        "public URL",
      ].map((check) => ["ok", check]),
    );
    expect(stdout).toMatch(/\n14 ok, 0 warnings, 0 failed\.\n$/);
  });

  test("checks the same beside a server that runs, and finds that it answers", async () => {
    await using database = await createTestDatabase();
    await using server = await startGatehouse({ database, environment: { ENCRYPTION_KEYS: encryptionKeys } });
    const { code, of } = await examine(await settingsFor(database, { PUBLIC_URL: server.url }));
    expect(code).toBe(0);
    expect(of("public URL")).toMatchObject({
      status: "ok",
      message: `A server answers at ${server.url}, and is ready.`,
    });
    expect(of("keys")?.message).toMatch(/opens everything; .{56} signs\.$/);
  });

  test("reads the bucket of pictures, and says what is wrong with it", async () => {
    await using database = await createTestDatabase();
    await using bucket = await openBucket();
    const pictures = async (changes: Settings) =>
      (await examine(await settingsFor(database, { ...bucket.environment, ...changes }))).of("pictures");
    expect(await pictures({})).toMatchObject({ status: "ok", message: expect.stringContaining("can read") });
    const wrong = [
      { S3_BUCKET: "no-such-bucket" },
      { S3_SECRET_ACCESS_KEY: "wrong" },
      { S3_ENDPOINT: await unusedUrl() },
    ];
    for (const changes of wrong) {
      expect(await pictures(changes)).toMatchObject({
        status: "failed",
        remedy: expect.stringContaining("S3_ENDPOINT"),
      });
    }
    expect(await bucket.keys()).toEqual([]);
  });

  test("reports jobs that failed permanently, jobs that wait too long, and data of an older key", async () => {
    await using database = await createTestDatabase();
    {
      await using _server = await startGatehouse({ database, environment: { ENCRYPTION_KEYS: encryptionKeys } });
    }
    const fresh = `2:${randomBytes(32).toString("base64")},${encryptionKeys}`;
    await database.query("insert into pgboss.job (name, data) values ('dead-letters', '{}')");
    const first = await examine(await settingsFor(database, { ENCRYPTION_KEYS: fresh }));
    expect(first.code).toBe(0);
    expect(first.of("jobs")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^1 failed permanently/),
    });
    expect(first.of("keys")).toMatchObject({ status: "warning", message: expect.stringContaining("version 1") });
    await database.query(
      "insert into pgboss.job (name, data, start_after) values ('send-mail', '{}', now() - interval '1 hour')",
    );
    const second = await examine(await settingsFor(database));
    expect(second.of("jobs")).toMatchObject({
      status: "warning",
      message: "1 job waits for a worker, the oldest for 60 minutes; 1 failed permanently.",
      remedy: expect.stringContaining("pnpm worker"),
    });
  });

  test("fails for keys that do not open the data, and for a database of a newer version", async () => {
    await using database = await createTestDatabase();
    {
      await using _server = await startGatehouse({ database, environment: { ENCRYPTION_KEYS: encryptionKeys } });
    }
    const other = `1:${randomBytes(32).toString("base64")}`;
    const { code, stderr, of } = await examine(await settingsFor(database, { ENCRYPTION_KEYS: other }));
    expect([code, stderr]).toEqual([1, "Correct what failed (1), and run the doctor again.\n"]);
    expect(of("keys")).toMatchObject({ status: "failed", message: expect.stringContaining("is not the one") });
    await database.query("insert into kysely_migration values ('9999-future', now()::text)");
    const newer = await examine(await settingsFor(database));
    expect(newer.of("migrations")).toMatchObject({ status: "failed", message: expect.stringContaining("9999-future") });
  });

  test("says that an empty database is migrated by the next start, and leaves it empty", async () => {
    await using database = await createTestDatabase({ empty: true });
    const { code, of } = await examine(await settingsFor(database));
    expect([code, of("migrations")?.status, of("keys"), of("jobs")]).toEqual([0, "warning", undefined, undefined]);
    expect(
      await database.query("select from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"),
    ).toEqual([]);
  });

  test("compares the pool with the connections of the database", async () => {
    await using database = await createTestDatabase();
    const { code, of } = await examine(await settingsFor(database, { DATABASE_POOL_SIZE: "1000" }));
    expect([code, of("connections")]).toMatchObject([1, { status: "failed", remedy: /DATABASE_POOL_SIZE/ }]);
  });

  test("fails for a mail server and a Twilio that refuse the account, and prints no secret", async () => {
    await using database = await createTestDatabase();
    await using mail = await startMailServer({ account: { user: "mailer", password: "the right password" } });
    await using twilio = await listenOn(createServer((_request, response) => response.writeHead(401).end("{}")));
    const secrets = { mail: "a-wrong-password", sms: "a-wrong-token-of-twilio" };
    const settings = await settingsFor(database, {
      SMTP_URL: `smtp://mailer:${secrets.mail}@127.0.0.1:${mail.port}`,
      MAIL_FROM: "accounts@example.com",
      TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
      TWILIO_AUTH_TOKEN: secrets.sms,
      TWILIO_FROM: "+15005550006",
      TWILIO_BASE_URL: twilio.url,
    });
    const { code, stdout, stderr, of } = await examine(settings);
    expect(code).toBe(1);
    expect(of("mail")).toMatchObject({ status: "failed", remedy: "Correct the user and the password in SMTP_URL." });
    expect(of("sms")).toMatchObject({ status: "failed", remedy: expect.stringContaining("TWILIO_AUTH_TOKEN") });
    const password = new URL(database.url).password;
    for (const secret of [secrets.mail, secrets.sms, encryptionKeys.slice(2), ...(password === "" ? [] : [password])]) {
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
    expect(mail.received).toEqual([]);
  });

  test("asks the push services whether they accept the credentials, sends nothing, and prints no secret", async () => {
    await using database = await createTestDatabase();
    await using fcm = await startFcm();
    await using apns = await startApns({ answers: { ["0".repeat(64)]: [apnsError(400, "BadDeviceToken")] } });
    await using expo = await startExpo();
    await using otherApns = await startApns();
    const settings = await settingsFor(database, {
      FCM_SERVICE_ACCOUNT: fcm.serviceAccount,
      FCM_BASE_URL: fcm.origin,
      ...apns.settings,
      APNS_BASE_URL: apns.origin,
      EXPO_PUSH: "on",
      EXPO_ACCESS_TOKEN: expoAccessToken,
      EXPO_BASE_URL: expo.baseUrl,
    });
    expect((await examine(settings)).of("push")).toMatchObject({
      status: "ok",
      message: expect.stringMatching(
        /^FCM accepts the credentials. APNs accepts the credentials. Expo accepts the credentials. Other/,
      ),
    });
    const wrong = { APNS_KEY: otherApns.settings.APNS_KEY, EXPO_ACCESS_TOKEN: "a-wrong-access-token" };
    const { code, stdout, stderr, of } = await examine({ ...settings, ...wrong });
    expect(code).toBe(1);
    expect(of("push")).toMatchObject({
      status: "failed",
      message: "APNs: APNs answered 403 InvalidProviderToken; Expo: Expo answered 401 UNAUTHORIZED.",
      remedy: expect.stringMatching(/^Check APNS_KEY and its companions, EXPO_ACCESS_TOKEN/),
    });
    for (const secret of [wrong.EXPO_ACCESS_TOKEN, "PRIVATE KEY"]) expect(`${stdout}${stderr}`).not.toContain(secret);
    expect([fcm.accepted(), apns.accepted(), expo.messages.length]).toEqual([0, 0, 0]);
  });

  test("accepts a mail server and a Twilio that accept the account", async () => {
    await using database = await createTestDatabase();
    await using mail = await startMailServer({ account: { user: "mailer", password: "right" } });
    await using twilio = await listenOn(createServer((_request, response) => response.end('{"status":"active"}')));
    const settings = await settingsFor(database, {
      SMTP_URL: `smtp://mailer:right@127.0.0.1:${mail.port}`,
      MAIL_FROM: "accounts@example.com",
      TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
      TWILIO_AUTH_TOKEN: "a-right-token-of-twilio",
      TWILIO_FROM: "+15005550006",
      TWILIO_BASE_URL: twilio.url,
    });
    const { code, of } = await examine(settings);
    expect([code, of("mail"), of("sms")]).toMatchObject([0, { status: "ok" }, { status: "ok" }]);
  });
});

describe("gatehouse doctor", () => {
  test("says what is wrong with the settings, and checks what does not depend on them", async () => {
    const { code, findings } = await examine({ NODE_ENV: "production", PORT: "many" });
    expect(code).toBe(1);
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ["configuration", "failed"],
      ["versions", "ok"],
    ]);
    expect(findings[0]?.message).toContain("PORT: not valid");
  });

  test("fails for a database, a mail server and a Redis that cannot be reached, each with its reason", async () => {
    const port = await freePort();
    const settings = await settingsFor(undefined, {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: "accounts@example.com",
      REDIS_URL: `redis://127.0.0.1:${port}`,
    });
    const { code, of } = await examine(settings);
    expect(code).toBe(1);
    for (const check of ["database", "mail", "redis"]) expect([check, of(check)?.status]).toEqual([check, "failed"]);
    expect(of("database")?.message).toContain("ECONNREFUSED");
    expect(of("redis")?.message).toBe("Redis cannot be used (ECONNREFUSED).");
    expect(of("migrations")).toBeUndefined();
  });

  test("warns of doubtful settings, and of an address that nobody outside can reach", async () => {
    const settings = await settingsFor(undefined, { NODE_ENV: "staging", DATABASE_ULR: "x", CORS_ORIGINS: "*" });
    const { findings, of } = await examine(settings);
    const doubts = findings.filter(({ check }) => check === "configuration");
    expect(doubts.map(({ status }) => status)).toEqual(["warning", "warning"]);
    expect(of("public URL")).toMatchObject({ status: "warning", remedy: "Set PUBLIC_URL." });
    expect(of("mail")).toMatchObject({ status: "warning", message: "No mail is sent." });
  });

  test("fails for a public name that does not exist", async () => {
    const settings = await settingsFor(undefined, { PUBLIC_URL: "https://accounts.invalid" });
    expect((await examine(settings)).of("public URL")).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/^The name accounts\.invalid of PUBLIC_URL is not known/),
    });
  });

  test("looks into an embedded database, and makes none", async () => {
    await using database = await createEmbeddedDatabase();
    const PUBLIC_URL = await unusedUrl();
    const { code, of } = await examine({ NODE_ENV: "test", DATA_DIR: database.folder, PUBLIC_URL });
    expect(code).toBe(0);
    for (const check of ["database", "migrations", "connections", "clock", "keys", "jobs"]) {
      expect([check, of(check)?.status]).toEqual([check, "ok"]);
    }
    const empty = await mkdtemp(join(tmpdir(), "gatehouse-doctor-"));
    await using _removal = { [Symbol.asyncDispose]: () => rm(empty, { recursive: true }) };
    const first = await examine({ NODE_ENV: "test", DATA_DIR: empty, PUBLIC_URL });
    expect([first.code, first.of("database")?.message]).toEqual([0, expect.stringContaining("There is no database")]);
    expect(await readdir(empty)).toEqual(["secrets.env"]);
  });

  test("says that an embedded database belongs to the server that runs", async () => {
    await using server = await startGatehouse({ embedded: true });
    const { database } = server.gatehouse.deps.config;
    if (database.kind !== "embedded") throw new Error("An embedded database was meant");
    const DATA_DIR = join(database.directory ?? "", "..");
    const { code, of } = await examine({ NODE_ENV: "test", DATA_DIR, PUBLIC_URL: server.url });
    expect(code).toBe(0);
    expect(of("database")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/open in process \d+\.$/),
    });
    expect(of("public URL")?.message).toContain("is ready");
    expect(of("keys")).toBeUndefined();
  });
});
