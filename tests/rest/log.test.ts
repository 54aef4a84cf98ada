import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { publicProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId, registerDevice } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";

const password = "zeppelin-copper-lamp-window";
const pushToken = "the-push-token-of-ada";

/** Does what there is to do with secrets, right and wrong; answers with all the secrets that there were. */
async function handleSecrets(url: string): Promise<readonly string[]> {
  const deviceSecret = newDeviceSecret();
  const installationId = newInstallationId();
  const ada = await registerAccount(url, {
    password,
    device: { installationId, platform: "ios", pushService: "fcm", deviceSecret, pushToken },
  });
  const credentials = { identifier: ada.email, password };
  const login = await rest(url, "/v1/auth/login", { body: credentials });
  const overRpc = await rest(url, "/rpc/auth.login", { body: { json: credentials } });
  const basic = Buffer.from(`${ada.email}:${password}`).toString("base64");
  const token = await rest(url, "/v1/auth/token", { method: "POST", headers: { authorization: `Basic ${basic}` } });
  const anonymous = await registerDevice(url, newInstallationId(), { pushToken });
  const attemptKey = crypto.randomUUID();
  const refreshed = await rest(url, "/v1/auth/refresh", {
    body: { refreshToken: ada.refreshToken },
    headers: { "idempotency-key": attemptKey },
  });
  await linkDevice(url, ada, { installationId, pushToken, deviceSecret });
  await handleWrongly(url, {
    ...credentials,
    refreshToken: ada.refreshToken,
    accessToken: ada.accessToken,
    deviceSecret,
    attemptKey,
  });
  const sessions = [login.body, overRpc.body.result.data.json, token.body, refreshed.body].map(
    ({ session }) => session,
  );
  const tokens = [ada, ...sessions].flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]);
  return [password, pushToken, basic, deviceSecret, attemptKey, anonymous.body.deviceSecret, ...tokens];
}

/** The same secrets where they do not belong: in broken bodies, in addresses, in unknown fields. */
async function handleWrongly(url: string, secrets: Readonly<Record<string, string>>): Promise<void> {
  const json = JSON.stringify(secrets);
  const query = new URLSearchParams(secrets);
  await rest(url, "/v1/auth/login", { body: json.slice(0, -1) });
  await rest(url, "/v1/auth/login", { body: { ...secrets, password: [secrets["password"]] } });
  await rest(url, "/rpc/auth.login", { body: json.slice(0, -1) });
  await rest(url, `/v1/auth/login?${query}`, { body: secrets });
  await rest(url, `/v1/users/me?${query}`);
  await rest(url, `/rpc/user.me?input=${encodeURIComponent(json)}`);
  await rest(url, "/v1/users/me", {
    headers: { authorization: `Bearer ${secrets["accessToken"]}x`, cookie: String(query) },
  });
  await rest(url, "/v1/auth/register", { body: { email: secrets["identifier"], password } });
}

function expectNone(secrets: readonly string[], log: string): void {
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10);
    expect(log).not.toContain(secret);
    // Of a token the signature alone would be enough to tell.
    expect(log).not.toContain(secret.slice(-20));
  }
}

describe("the log", () => {
  test("has a line for each answer, and no secret, even at trace level", async () => {
    const lines: string[] = [];
    await using server = await startGatehouse({ onLog: (line) => lines.push(line) });
    const secrets = await handleSecrets(server.url);
    await server.gatehouse.close();
    const answers = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
    expect(answers.length).toBeGreaterThan(10);
    expect(answers[0]).toMatchObject({
      method: "POST",
      path: "/v1/auth/register",
      status: 201,
      ip: "127.0.0.1",
      requestId: expect.any(String),
      durationMillis: expect.any(Number),
    });
    expectNone(secrets, lines.join(""));
  });

  const routers = {
    app: {
      fail: publicProcedure.query(() => {
        throw new Error("on purpose");
      }),
      wait: publicProcedure.query(() => setTimeout(5)),
    },
  };

  /** The lines of a server that was called and closed, by message. */
  async function logOf(environment: Readonly<Record<string, string>>, paths: readonly string[]) {
    const lines: string[] = [];
    const server = await startGatehouse({ environment, routers, onLog: (line) => lines.push(line) });
    for (const path of paths) await rest(server.url, path);
    await server[Symbol.asyncDispose]();
    const entries: Record<string, unknown>[] = lines.map((line) => JSON.parse(line));
    return Map.groupBy(entries, ({ msg }) => msg);
  }

  test("has with LOG_REQUESTS=failures a line for each failure of the server, and the numbers of refusals", async () => {
    const paths = ["/v1/ping", "/nowhere", "/rpc/app.fail", "/nowhere", "/v1/users/me", "/v1/ping"];
    const log = await logOf({ LOG_REQUESTS: "failures", LOG_SLOW_REQUEST_MILLIS: "600000" }, paths);
    expect(log.get("request")).toEqual([expect.objectContaining({ path: "/rpc/app.fail", status: 500 })]);
    expect(log.get("requests refused")).toEqual([expect.objectContaining({ byStatus: { 401: 1, 404: 2 } })]);
  });

  test("has with LOG_REQUESTS=failures a line for each slow request", async () => {
    const log = await logOf({ LOG_REQUESTS: "failures", LOG_SLOW_REQUEST_MILLIS: "1" }, ["/rpc/app.wait"]);
    expect(log.get("request")).toEqual([expect.objectContaining({ path: "/rpc/app.wait", status: 200 })]);
    expect(log.get("requests refused")).toBeUndefined();
  });
});

/** Makes the table refuse every row, with a report that quotes it. */
async function breakTable(database: TestDatabase, table: string): Promise<void> {
  await database.query(`alter table "${table}" add constraint broken check (platform is null) not valid`);
}

describe.skipIf(postgresUnreachable)("the log of an installation", () => {
  test("has the reason of a failed call, with id, code and stack, and no row contents", async () => {
    await using database = await createTestDatabase();
    const environment = { DATABASE_URL: database.url, ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}` };
    await using server = await startServerProcess({ ...environment, LOG_FORMAT: "json", LOG_LEVEL: "trace" });
    const secrets = await handleSecrets(server.url);
    await breakTable(database, "device");
    const failed = await registerDevice(server.url, newInstallationId(), { pushToken });
    expect([failed.status, failed.body.code]).toEqual([500, "INTERNAL_ERROR"]);
    expect(JSON.stringify(failed.body)).not.toMatch(/broken|constraint|device/);
    await rest(server.url, "/health/live");
    const entries = server
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
    const entry = entries.find(({ requestId, level }) => requestId === failed.body.requestId && level === "error");
    expect(entry).toMatchObject({ failure: "INTERNAL_ERROR", procedure: "device.register" });
    const stack = expect.stringContaining("at ");
    expect(entry.err).toMatchObject({
      code: "23514",
      table: "device",
      constraint: "broken",
      detail: "[redacted]",
      stack,
    });
    expectNone(secrets, server.output());
  });
});
