import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { vapidPublicKey } from "../../packages/server/src/delivery/push/config.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

test("everybody reads the key by which browsers subscribe, and never the private one", async () => {
  const { d: privateKey = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    format: "jwk",
  });
  const environment = { VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: "mailto:operations@example.com" };
  await using server = await startGatehouse({ environment });
  const { status, body } = await rest(server.url, "/v1/devices/web-push-key");
  expect([status, body]).toEqual([200, { publicKey: vapidPublicKey(privateKey) }]);
});

test("without Web Push there is no key", async () => {
  await using server = await startGatehouse({});
  const { status, body } = await rest(server.url, "/v1/devices/web-push-key");
  expect([status, body]).toEqual([200, { publicKey: null }]);
});
