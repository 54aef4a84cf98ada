import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { variables } from "../config-variables.ts";
import { limitSettings } from "../limits/config.ts";
import { judgeClock } from "./database-checks.ts";
import { named, reasonOf } from "./finding.ts";
import { checkVersions, judgeSpace } from "./machine-checks.ts";
import { checkRedis } from "./service-checks.ts";

test.each([
  [0, "ok", "It agrees with the database's within 0.1 s."],
  [1999, "ok", "It agrees with the database's within 2.0 s."],
  [2000, "warning", "It is 2.0 s behind the database's."],
  [-2000, "warning", "It is 2.0 s ahead of the database's."],
  [60_000, "failed", "It is 60.0 s behind the database's."],
  [-3_600_000, "failed", "It is 3600.0 s ahead of the database's."],
])("a database whose clock is %i ms ahead is %s", (aheadMillis, status, message) => {
  expect(judgeClock(aheadMillis)).toMatchObject({ status, message });
});

test.each([
  [2 ** 31, "ok", "2.0 GiB are free at /data."],
  [2 ** 30 - 1, "warning", "1023 MiB are free at /data."],
  [2 ** 20, "failed", "1 MiB are free at /data."],
])("%i free bytes are %s", (freeBytes, status, message) => {
  expect(judgeSpace(freeBytes, "/data")).toMatchObject({ status, message });
});

test.each([
  ["26.10.0", undefined, "ok"],
  ["27.0.0", "npm/12.0.0", "ok"],
  ["26.0.0", "pnpm/12.21.0", "ok"],
  ["26.0.0", "pnpm/9.1.0", "warning"],
  ["24.4.0", "pnpm/12.21.0", "failed"],
])("Node %s, started by %s, is %s", async (node, packageManager, status) => {
  expect(await checkVersions({ node, packageManager })).toMatchObject({ check: "versions", status });
});

/** Starts a Redis that knows one command, INFO, and refuses all if it wants a password. */
async function startRedis({ version = "7.2.4", wantsPassword = false }) {
  const info = `redis_version:${version}\r\nloading:0\r\n`;
  const answer = wantsPassword ? "-NOAUTH Authentication required.\r\n" : `$${info.length}\r\n${info}\r\n`;
  const server = createServer((socket) => {
    // A client may close the connection at any time.
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (const command of chunk
        .toString()
        .split(/^\*\d+\r\n/m)
        .slice(1)) {
        socket.write(/^\$4\r\ninfo/i.test(command) || wantsPassword ? answer : "+OK\r\n");
      }
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return { url: `redis://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const settingsWith = (redisUrl: string) => ({ limits: limitSettings(variables.parse({ REDIS_URL: redisUrl })) });

describe("Redis", () => {
  test.each([
    [{ version: "6.0.16" }, "ok", "Redis 6.0.16."],
    [{ version: "5.0.7" }, "failed", "Redis 5.0.7."],
    [{ wantsPassword: true }, "failed", "Redis cannot be used (NOAUTH Authentication required.)."],
  ])("with %o is %s", async (options, status, message) => {
    await using redis = await startRedis(options);
    expect(await checkRedis(settingsWith(redis.url))).toMatchObject({ status, message });
  });

  test("is not looked for where limits are counted elsewhere", async () => {
    expect(await checkRedis({ limits: limitSettings(variables.parse({})) })).toBeUndefined();
  });
});

test("a check that throws is a failure with the reason, and has one line", async () => {
  const broken = () => {
    throw new TypeError("it broke\nat line 1");
  };
  expect(await named("mail", broken)).toMatchObject({
    check: "mail",
    status: "failed",
    message: "Could not be checked: it broke.",
  });
  const cause = Object.assign(new Error("connect ENOTFOUND mail.example"), { code: "ENOTFOUND" });
  expect(reasonOf(new TypeError("fetch failed", { cause }))).toBe("ENOTFOUND");
});
