import { describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../clock.ts";
import { canonicalPushToken } from "../../device/push-token-form.ts";
import { createApnsSender } from "./apns-sender.ts";
import type { PushMessage, PushOutcome } from "./push-sender.ts";
import { type ApnsServer, apnsError, startApns } from "./testing/apns-server.ts";
import type { Misbehaviour, Reply } from "./testing/http2-server.ts";
import { content, messageTo } from "./testing/push-message.ts";

/** Never aborted. */
const { signal } = new AbortController();

interface SenderOptions {
  readonly clock?: Clock;
  readonly timeoutMillis?: number;
  readonly key?: string;
}

function senderTo({ origin: baseUrl, settings }: Pick<ApnsServer, "origin" | "settings">, options: SenderOptions = {}) {
  const { clock = systemClock, timeoutMillis = 30_000, key = settings.APNS_KEY } = options;
  const { APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic } = settings;
  const sender = createApnsSender({ key, keyId, teamId, topic, baseUrl }, { clock, timeoutMillis });
  return { ...sender, [Symbol.asyncDispose]: () => sender.close() };
}

const deviceToken = (index: number) => index.toString(16).padStart(64, "0");

const messages = (count: number) => Array.from({ length: count }, (_, index) => messageTo("apns", deviceToken(index)));

/** A message to a device that registered at this time. */
function messageSince(tokenSince: Date): PushMessage {
  const message = messageTo("apns", deviceToken(0));
  return { ...message, target: { ...message.target, tokenSince } };
}

/** The outcome of a message that APNs answers so, at first. */
async function outcomeOf(
  answer: Reply | Misbehaviour,
  message = messageTo("apns", deviceToken(0)),
): Promise<PushOutcome | undefined> {
  await using apns = await startApns({ answers: { [deviceToken(0)]: [answer] } });
  await using sender = senderTo(apns, { timeoutMillis: answer === "silence" ? 500 : 30_000 });
  const [outcome] = await sender.send([message], signal);
  return outcome;
}

describe("a message by APNs", () => {
  test("is sent with a provider token and the headers that Apple documents", async () => {
    await using apns = await startApns();
    await using sender = senderTo(apns);
    const changes = {
      imageUrl: "https://example.com/a.png",
      link: "https://example.com/",
      collapseKey: "k".repeat(200),
    };
    const message = messageTo("apns", deviceToken(7), changes);
    expect(await sender.send([message], signal)).toEqual([{ status: "sent" }]);
    expect(apns.messages).toEqual([
      {
        deviceToken: deviceToken(7),
        headers: {
          "apns-topic": "com.example.app",
          "apns-push-type": "alert",
          "apns-priority": "10",
          "apns-expiration": String(Math.floor(content.expiresAt.getTime() / 1000)),
          "apns-id": message.id,
          "apns-collapse-id": expect.stringMatching(/^[\w-]{32}$/),
        },
        payload: {
          aps: { alert: { title: content.title, body: content.body }, sound: "default", "mutable-content": 1 },
          data: { kind: "sign-in" },
          link: "https://example.com/",
          image: "https://example.com/a.png",
        },
      },
    ]);
  });

  test("is one of thousands with one provider token", async () => {
    await using apns = await startApns({ maxConcurrentStreams: 50 });
    await using sender = senderTo(apns);
    const outcomes = await sender.send(messages(2000), signal);
    expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
    expect(new Set(apns.messages.map(({ deviceToken }) => deviceToken)).size).toBe(2000);
    expect(apns.providerTokens()).toBe(1);
    expect(apns.maxInFlight()).toBeLessThanOrEqual(50);
  });

  test("that is too large is refused before it is sent", async () => {
    await using apns = await startApns();
    await using sender = senderTo(apns);
    const [outcome] = await sender.send([messageTo("apns", deviceToken(0), { body: "x".repeat(4096) })], signal);
    expect(outcome).toMatchObject({ status: "refused", reason: expect.stringMatching(/bytes; APNs takes 4096$/) });
    expect(apns.accepted()).toBe(0);
  });

  test("goes to the longest token that a device may register", async () => {
    const longest = canonicalPushToken("apns", "ab".repeat(256)) ?? "none";
    await using apns = await startApns();
    await using sender = senderTo(apns);
    expect(await sender.send([messageTo("apns", longest)], signal)).toEqual([{ status: "sent" }]);
    expect(canonicalPushToken("apns", `${longest}ab`)).toBeUndefined();
  });

  test.each(["", "../../3/device/0", "00 0", "xyz"])("to %j goes nowhere: it is no device token", async (token) => {
    await using apns = await startApns();
    await using sender = senderTo(apns);
    expect(await sender.send([messageTo("apns", token)], signal)).toMatchObject([{ status: "dead_token" }]);
    expect(apns.connections()).toBe(0);
  });
});

describe("APNs' answer", () => {
  const at = new Date("2026-05-01T12:00:00Z");
  const gone = (timestamp: Date) => apnsError(410, "Unregistered", { timestamp: timestamp.getTime() });

  test("410 means that the token is dead, if it was not registered since", async () => {
    expect(await outcomeOf(gone(at), messageSince(new Date(at.getTime() - 1)))).toMatchObject({ status: "dead_token" });
    expect(await outcomeOf(gone(at), messageSince(new Date(at.getTime() + 1)))).toMatchObject({
      status: "retry",
      scope: "message",
    });
    expect(await outcomeOf(apnsError(410, "ExpiredToken"))).toMatchObject({ status: "dead_token" });
  });

  test("BadDeviceToken means that the token is dead, once others show that this is its environment", async () => {
    const bad = apnsError(400, "BadDeviceToken");
    await using apns = await startApns({
      answers: { [deviceToken(0)]: [bad, bad], [deviceToken(1)]: [bad, bad], [deviceToken(2)]: [bad, bad] },
    });
    await using sender = senderTo(apns);
    const first = await sender.send(messages(2), signal);
    expect(first).toMatchObject([
      { status: "refused", reason: expect.stringContaining("APNS_BASE_URL") },
      { status: "refused" },
    ]);
    await sender.send(
      Array.from({ length: 10 }, () => messageTo("apns", deviceToken(9))),
      signal,
    );
    expect(await sender.send(messages(2), signal)).toMatchObject([{ status: "dead_token" }, { status: "dead_token" }]);
  });

  test.each([
    ["400 DeviceTokenNotForTopic", apnsError(400, "DeviceTokenNotForTopic")],
    ["400 BadTopic", apnsError(400, "BadTopic")],
    ["403 InvalidProviderToken", apnsError(403, "InvalidProviderToken")],
    ["404 BadPath", apnsError(404, "BadPath")],
    ["413 PayloadTooLarge", apnsError(413, "PayloadTooLarge")],
    ["418 without a reason", { status: 418, body: "" }],
  ])("%s is for the operator, and the token lives", async (_name, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({
      status: "refused",
      reason: expect.stringMatching(/^APNs answered 4\d\d \w+/),
    });
  });

  test("429 about one device makes its message wait, about provider tokens the service", async () => {
    const answer = { ...apnsError(429, "TooManyRequests"), headers: { "retry-after": "7" } };
    const reason = "APNs answered 429 TooManyRequests";
    expect(await outcomeOf(answer)).toEqual({ status: "retry", scope: "message", reason, afterMillis: 7000 });
    const updates = apnsError(429, "TooManyProviderTokenUpdates");
    expect(await outcomeOf(updates)).toMatchObject({ scope: "service", afterMillis: 20 * 60_000 });
  });

  test.each([
    [500, "InternalServerError"],
    [503, "ServiceUnavailable"],
    [503, "Shutdown"],
  ])("%i %s makes the service wait", async (status, reason) => {
    expect(await outcomeOf(apnsError(status, reason))).toMatchObject({ status: "retry", scope: "service" });
  });

  test.each(["silence", "reset", "hang-up"] as const)("that is missing (%s) is for another attempt", async (answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ status: "retry", scope: "message" });
  });
});

describe("a provider token", () => {
  test("serves for 40 minutes, and is renewed before Apple calls it expired", async () => {
    let now = new Date();
    const clock = { now: () => now };
    await using apns = await startApns({ clock });
    await using sender = senderTo(apns, { clock });
    const tokens: number[] = [];
    for (let minutes = 0; minutes <= 120; minutes += 10) {
      expect(await sender.send(messages(3), signal)).toEqual(Array(3).fill({ status: "sent" }));
      tokens.push(apns.providerTokens());
      now = new Date(now.getTime() + 10 * 60_000);
    }
    expect(tokens).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4]);
  });

  test("that Apple calls expired is made anew, once for all who need it", async () => {
    let now = new Date();
    const clock = { now: () => now };
    await using apns = await startApns({ clock });
    await using sender = senderTo(apns, { clock });
    await sender.send(messages(1), signal);
    apns.expireProviderTokens();
    now = new Date(now.getTime() + 60_000);
    const outcomes = await sender.send(messages(50), signal);
    expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
    expect(apns.providerTokens()).toBe(2);
  });

  test("by a wrong key is refused, for the operator", async () => {
    await using apns = await startApns();
    await using other = await startApns();
    await using sender = senderTo(apns, { key: other.settings.APNS_KEY });
    expect(await sender.send(messages(1), signal)).toEqual([
      { status: "refused", reason: "APNs answered 403 InvalidProviderToken" },
    ]);
  });
});

test("an APNs that restarts in the middle loses no message, and sends none twice", async () => {
  await using apns = await startApns({ goAwayAfter: 30 });
  await using sender = senderTo(apns);
  const outcomes = await sender.send(messages(300), signal);
  expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
  expect(apns.messages.map(({ deviceToken }) => deviceToken).toSorted()).toEqual(
    Array.from({ length: 300 }, (_, index) => deviceToken(index)),
  );
});
