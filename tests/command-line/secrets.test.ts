import { parseEnv } from "node:util";
import { loadConfig } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { runGatehouse } from "../support/command-line.ts";

const secrets = async (...args: readonly string[]) =>
  (await runGatehouse(["secrets", ...args], { environment: {} })).stdout;

test("gatehouse secrets prints settings with which production starts, once the commented ones are filled in", async () => {
  const printed = await secrets();
  expect(() => loadConfig(parseEnv(printed))).toThrow("PUBLIC_URL");
  const config = loadConfig(parseEnv(printed.replaceAll(/^# ([A-Z_]+=)/gm, "$1")));
  expect([config.environment, config.mail.kind, config.encryptionKeys[0].version]).toEqual(["production", "smtp", 1]);
  expect(config.push.webPush?.publicKey).toMatch(/^[\w-]{87}$/);
});

test("gatehouse secrets makes other keys each time, also as JSON", async () => {
  const all = [JSON.parse(await secrets("--json")), JSON.parse(await secrets("--json")), parseEnv(await secrets())];
  const keys = all.map(({ ENCRYPTION_KEYS: key }) => key);
  expect(new Set(all.slice(0, 2).map(({ VAPID_PRIVATE_KEY: key }) => key)).size).toBe(2);
  expect(new Set(keys).size).toBe(3);
  for (const key of keys) expect(key).toMatch(/^1:[\w+/]{43}=$/);
});
