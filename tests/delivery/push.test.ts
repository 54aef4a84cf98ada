import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { listOutbox } from "../../packages/server/src/delivery/outbox/service.ts";
import type { PushMessage, PushService } from "../../packages/server/src/delivery/push/push-sender.ts";
import { startApns } from "../../packages/server/src/delivery/push/testing/apns-server.ts";
import { expoAccessToken, startExpo } from "../../packages/server/src/delivery/push/testing/expo-server.ts";
import { startFcm, unregistered } from "../../packages/server/src/delivery/push/testing/fcm-server.ts";
import { messageTo } from "../../packages/server/src/delivery/push/testing/push-message.ts";
import { startWebPush } from "../../packages/server/src/delivery/push/testing/web-push-server.ts";
import { startGatehouse } from "../support/gatehouse.ts";

/** Never aborted. */
const { signal } = new AbortController();

const deviceToken = (index: number) => index.toString(16).padStart(64, "0");

const services: readonly PushService[] = ["apns", "expo", "fcm", "web_push"];

describe("push messages", () => {
  test("go to the services that are configured, and their outcomes keep the order of the messages", async () => {
    await using fcm = await startFcm({ answers: { "fcm-3": [unregistered] } });
    await using apns = await startApns();
    await using expo = await startExpo();
    await using webPush = await startWebPush({ answers: { "5": [{ status: 410 }] } });
    const { d: vapidKey = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      format: "jwk",
    });
    await using server = await startGatehouse({
      environment: {
        FCM_SERVICE_ACCOUNT: fcm.serviceAccount,
        FCM_BASE_URL: fcm.origin,
        ...apns.settings,
        APNS_BASE_URL: apns.origin,
        VAPID_PRIVATE_KEY: vapidKey,
        VAPID_SUBJECT: "mailto:operations@example.com",
        EXPO_PUSH: "on",
        EXPO_ACCESS_TOKEN: expoAccessToken,
        EXPO_BASE_URL: expo.baseUrl,
        OUTBOUND_HTTP: "on",
        OUTBOUND_PORTS: "any",
        OUTBOUND_INSIDE: "127.0.0.1",
      },
    });
    const { deps } = server.gatehouse;
    const publicKey = deps.config.push.webPush?.publicKey ?? "";
    const tokens: Readonly<Record<PushService, (index: number) => string>> = {
      apns: deviceToken,
      expo: (index) => `ExpoPushToken[${index}]`,
      fcm: (index) => `fcm-${index}`,
      web_push: (index) => webPush.subscribe(String(index), publicKey),
    };
    const messages = Array.from({ length: 10 }, (_, index) =>
      services.map((service): PushMessage => messageTo(service, tokens[service](index))),
    ).flat();
    const outcomes = await deps.pushSender.send(messages, signal);
    const failures = outcomes.flatMap(({ status }, index) => (status === "sent" ? [] : [{ index, status }]));
    expect(failures).toEqual([
      { index: 3 * 4 + 2, status: "dead_token" },
      { index: 5 * 4 + 3, status: "dead_token" },
    ]);
    expect([apns.accepted(), expo.messages.length, fcm.accepted(), webPush.messages.length]).toEqual([10, 10, 9, 9]);
    const [, receiptId = ""] = outcomes.map((outcome) => (outcome.status === "sent" ? outcome.receiptId : undefined));
    expect(await deps.pushSender.readReceipts([receiptId], signal)).toEqual([{ status: "sent" }]);
  });

  test("of services that are not configured go to the outbox in development, where no token can be read", async () => {
    await using server = await startGatehouse({});
    const { deps } = server.gatehouse;
    const token = "a-registration-token-of-firebase";
    const message = messageTo("fcm", token, { title: "Hello <b>", link: "https://example.com/inbox" });
    expect(await deps.pushSender.send([message, message], signal)).toEqual([{ status: "sent" }, { status: "sent" }]);
    const kept = await listOutbox(deps);
    expect(kept).toMatchObject([{ kind: "push", subject: "Hello <b>", template: "fcm", recipient: "a-regist…" }]);
    expect(kept[0]?.text).toContain("link: https://example.com/inbox\nkind: sign-in");
    const page = await (await fetch(`${server.url}/dev/outbox`)).text();
    expect(page).toContain("Hello &lt;b&gt;");
    expect(page).not.toContain(token);
    expect(await deps.pushSender.readReceipts(["id"], signal)).toEqual([undefined]);
  });

  test("of a call that was aborted are not sent", async () => {
    await using server = await startGatehouse({});
    const { deps } = server.gatehouse;
    expect(await deps.pushSender.send([messageTo("apns", deviceToken(1))], AbortSignal.abort())).toMatchObject([
      { status: "retry", scope: "message" },
    ]);
    expect(await listOutbox(deps)).toEqual([]);
  });
});
