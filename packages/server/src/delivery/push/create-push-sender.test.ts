import { expect, test } from "vitest";
import { loadConfig } from "../../config.ts";
import { createRoutingSender, type PushSenderDeps } from "./create-push-sender.ts";
import { pushServices } from "./push-sender.ts";
import { messageTo } from "./testing/push-message.ts";

/** Never aborted. */
const { signal } = new AbortController();

/** Production, where no push service is configured. */
const config = loadConfig({
  NODE_ENV: "production",
  PUBLIC_URL: "https://accounts.example.com",
  DATABASE_URL: "postgres://localhost/gatehouse",
  ENCRYPTION_KEYS: `1:${Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString("base64")}`,
});

function newSender() {
  const unused = () => {
    throw new Error("Nothing is sent without settings");
  };
  // Nothing touches the database or the network: that is what the test shows.
  const deps = {
    config,
    db: undefined,
    clock: { now: unused },
  } as unknown as PushSenderDeps;
  return createRoutingSender(deps);
}

test("without settings production refuses the messages of every service, and names the setting", async () => {
  const sender = newSender();
  const outcomes = await sender.send(
    pushServices.map((service) => messageTo(service, "token")),
    signal,
  );
  expect(outcomes).toEqual([
    { status: "refused", reason: "APNS_KEY is not set" },
    { status: "refused", reason: "EXPO_PUSH is not set" },
    { status: "refused", reason: "FCM_SERVICE_ACCOUNT is not set" },
    { status: "refused", reason: "VAPID_PRIVATE_KEY is not set" },
  ]);
  expect(await sender.readReceipts(["id"], signal)).toEqual([undefined]);
  await sender.close();
});
