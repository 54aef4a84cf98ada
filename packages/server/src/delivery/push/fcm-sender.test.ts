import { describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../clock.ts";
import { fcmServiceAccount } from "./config.ts";
import { createFcmSender } from "./fcm-sender.ts";
import type { PushOutcome } from "./push-sender.ts";
import { type FcmServer, fcmError, startFcm, unregistered } from "./testing/fcm-server.ts";
import type { Misbehaviour, Reply } from "./testing/http2-server.ts";
import { content, messageTo } from "./testing/push-message.ts";

/** Never aborted. */
const { signal } = new AbortController();

function senderTo(
  fcm: Pick<FcmServer, "origin" | "serviceAccount">,
  options: { clock?: Clock; timeoutMillis?: number } = {},
) {
  const { clock = systemClock, timeoutMillis = 30_000 } = options;
  const config = { serviceAccount: fcmServiceAccount.parse(fcm.serviceAccount), baseUrl: fcm.origin };
  const sender = createFcmSender(config, { clock, timeoutMillis });
  return { ...sender, [Symbol.asyncDispose]: () => sender.close() };
}

/** The outcome of a message that FCM answers so, at first. */
async function outcomeOf(...answers: (Reply | Misbehaviour)[]): Promise<PushOutcome | undefined> {
  await using fcm = await startFcm({ answers: { device: answers } });
  await using sender = senderTo(fcm, { timeoutMillis: answers[0] === "silence" ? 500 : 30_000 });
  const [outcome] = await sender.send([messageTo("fcm", "device")], signal);
  return outcome;
}

describe("a message by FCM", () => {
  test("is sent with an access token of the service account, as FCM documents it", async () => {
    await using fcm = await startFcm({ isSecure: false });
    await using sender = senderTo(fcm);
    const changes = { imageUrl: "https://example.com/a.png", link: "https://example.com/", collapseKey: "sign-in" };
    expect(await sender.send([messageTo("fcm", 'a "device"', changes)], signal)).toEqual([{ status: "sent" }]);
    expect(fcm.messages).toMatchObject([
      {
        token: 'a "device"',
        notification: { title: content.title, body: content.body, image: "https://example.com/a.png" },
        data: { kind: "sign-in", link: "https://example.com/" },
        android: { priority: "HIGH", collapse_key: "sign-in", notification: { tag: "sign-in" } },
        apns: { headers: { "apns-priority": "10", "apns-collapse-id": expect.stringMatching(/^[\w-]{32}$/) } },
        webpush: { headers: { Urgency: "high" }, fcm_options: { link: "https://example.com/" } },
      },
    ]);
    const [, seconds] = /^(\d+)s$/.exec(fcm.messages[0]?.android.ttl ?? "") ?? [];
    expect(Number(seconds)).toBeGreaterThan(3000);
    expect(Number(seconds)).toBeLessThanOrEqual(3600);
  });

  test("lives at most four weeks", async () => {
    await using fcm = await startFcm();
    await using sender = senderTo(fcm);
    await sender.send([messageTo("fcm", "device", { expiresAt: new Date("2100-01-01") })], signal);
    expect(fcm.messages[0]?.android.ttl).toBe(`${28 * 24 * 60 * 60}s`);
  });

  test("is one of thousands over a few connections, with one access token, and outcomes keep their order", async () => {
    await using fcm = await startFcm({ answers: { "device-1234": [unregistered] }, maxConcurrentStreams: 100 });
    await using sender = senderTo(fcm);
    const messages = Array.from({ length: 3000 }, (_, index) => messageTo("fcm", `device-${index}`));
    const outcomes = await sender.send(messages, signal);
    expect(outcomes.flatMap(({ status }, index) => (status === "sent" ? [] : [index]))).toEqual([1234]);
    expect(new Set(fcm.messages.map(({ token }) => token)).size).toBe(2999);
    expect(fcm.issued()).toBe(1);
    expect(fcm.maxInFlight()).toBeLessThanOrEqual(100);
  });

  test("that is too large is refused before it is sent, at the limit it is sent", async () => {
    await using fcm = await startFcm();
    await using sender = senderTo(fcm);
    const overhead = Buffer.byteLength(`title${content.title}body`);
    const fitting = { data: {}, body: "ñ".repeat((4096 - overhead - (overhead % 2)) / 2) };
    const outcomes = await sender.send(
      [messageTo("fcm", "a", fitting), messageTo("fcm", "b", { ...fitting, body: `${fitting.body}ñ` })],
      signal,
    );
    expect(outcomes).toMatchObject([
      { status: "sent" },
      { status: "refused", reason: expect.stringMatching(/^409\d bytes; FCM takes 4096$/) },
    ]);
    expect(fcm.messages).toHaveLength(1);
  });
});

describe("FCM's answer", () => {
  const aboutToken = "The registration token is not a valid FCM registration token";
  const violation = (field: string) => ({
    status: 400,
    body: JSON.stringify({
      error: {
        code: 400,
        message: "Invalid",
        status: "INVALID_ARGUMENT",
        details: [
          { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "INVALID_ARGUMENT" },
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [{ field, description: "Invalid" }],
          },
        ],
      },
    }),
  });

  test.each([
    ["404 UNREGISTERED", unregistered],
    ["400 about the token", fcmError(400, "INVALID_ARGUMENT", { errorCode: "INVALID_ARGUMENT", message: aboutToken })],
    ["400 about the field of the token", violation("message.token")],
  ])("%s means that the token is dead", async (_name, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ status: "dead_token" });
  });

  test.each([
    ["404 without UNREGISTERED, of a project that does not exist", fcmError(404, "NOT_FOUND")],
    ["400 about the payload", fcmError(400, "INVALID_ARGUMENT")],
    [
      "400 about the size, with the same code",
      fcmError(400, "INVALID_ARGUMENT", { errorCode: "INVALID_ARGUMENT", message: "Android message is too big" }),
    ],
    ["400 about another field", violation("message.data[0].value")],
    ["401 about the keys of Apple", fcmError(401, "UNAUTHENTICATED", { errorCode: "THIRD_PARTY_AUTH_ERROR" })],
    ["403 SENDER_ID_MISMATCH", fcmError(403, "PERMISSION_DENIED", { errorCode: "SENDER_ID_MISMATCH" })],
    ["413", { status: 413, body: "<html>" }],
  ])("%s is for the operator, and the token lives", async (_name, answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ status: "refused" });
  });

  test("429 makes the service wait as long as it says, or a minute", async () => {
    const answer = {
      ...fcmError(429, "RESOURCE_EXHAUSTED", { errorCode: "QUOTA_EXCEEDED" }),
      headers: { "retry-after": "7" },
    };
    const reason = "FCM answered 429 QUOTA_EXCEEDED";
    expect(await outcomeOf(answer)).toEqual({ status: "retry", scope: "service", reason, afterMillis: 7000 });
    expect(await outcomeOf(fcmError(429, "RESOURCE_EXHAUSTED"))).toMatchObject({
      scope: "service",
      afterMillis: 60_000,
    });
  });

  test("429 stops the messages that wait, and those of later calls until the time is over", async () => {
    let now = new Date();
    const headers = { "retry-after": "7" };
    const answers = {
      "device-0": [{ ...fcmError(429, "RESOURCE_EXHAUSTED", { errorCode: "QUOTA_EXCEEDED" }), headers }],
    };
    await using fcm = await startFcm({ answers, maxConcurrentStreams: 10 });
    await using sender = senderTo(fcm, { clock: { now: () => now } });
    const messages = Array.from({ length: 500 }, (_, index) => messageTo("fcm", `device-${index}`));
    const waiting = { status: "retry", scope: "service", reason: "FCM answered 429 QUOTA_EXCEEDED", afterMillis: 7000 };

    const outcomes = await sender.send(messages, signal);
    const unsent = outcomes.filter(({ status }) => status !== "sent");
    expect(unsent.length).toBeGreaterThan(400);
    expect(unsent).toEqual(Array(unsent.length).fill(waiting));
    // What was in flight has its own outcome: what FCM took is told as sent.
    expect(outcomes.filter(({ status }) => status === "sent")).toHaveLength(fcm.accepted());

    now = new Date(now.getTime() + 3000);
    const taken = fcm.accepted();
    expect(await sender.send(messages.slice(0, 2), signal)).toEqual(Array(2).fill({ ...waiting, afterMillis: 4000 }));
    expect(fcm.accepted()).toBe(taken);
    now = new Date(now.getTime() + 4000);
    expect(await sender.send(messages.slice(0, 2), signal)).toEqual(Array(2).fill({ status: "sent" }));
  });

  test("429 about one device makes its message wait alone", async () => {
    const details = [
      { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "QUOTA_EXCEEDED" },
      {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        violations: [{ subject: "device:1", description: "Device message rate exceeded" }],
      },
    ];
    const answer = {
      status: 429,
      body: JSON.stringify({ error: { code: 429, status: "RESOURCE_EXHAUSTED", details } }),
    };
    expect(await outcomeOf(answer)).toMatchObject({ status: "retry", scope: "message" });
  });

  test.each([500, 502, 503])("%i makes the service wait", async (status) => {
    expect(await outcomeOf({ status, body: "<html>Bad gateway</html>" })).toMatchObject({
      status: "retry",
      scope: "service",
    });
  });

  test("that names a date is waited for", async () => {
    const headers = { "retry-after": new Date(Date.now() + 120_000).toUTCString() };
    const outcome = await outcomeOf({ status: 503, headers });
    expect(outcome).toMatchObject({ status: "retry", scope: "service" });
    const { afterMillis = 0 } = outcome?.status === "retry" ? outcome : {};
    expect(afterMillis).toBeGreaterThan(60_000);
    expect(afterMillis).toBeLessThanOrEqual(120_000);
  });

  test.each(["silence", "reset", "hang-up"] as const)("that is missing (%s) is for another attempt", async (answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ status: "retry", scope: "message" });
  });
});

describe("an access token", () => {
  test("that FCM does not accept any more is renewed once for all who need it", async () => {
    await using fcm = await startFcm();
    await using sender = senderTo(fcm);
    const messages = Array.from({ length: 50 }, (_, index) => messageTo("fcm", `device-${index}`));
    await sender.send(messages, signal);
    fcm.expireAccessTokens();
    const outcomes = await sender.send(messages, signal);
    expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
    expect(fcm.issued()).toBe(2);
  });

  test("is renewed before it expires", async () => {
    let now = new Date();
    await using fcm = await startFcm();
    await using sender = senderTo(fcm, { clock: { now: () => now } });
    const sendOne = () => sender.send([messageTo("fcm", "device")], signal);
    await sendOne();
    now = new Date(now.getTime() + 50 * 60_000);
    await sendOne();
    expect(fcm.issued()).toBe(1);
    now = new Date(now.getTime() + 6 * 60_000);
    expect(await sendOne()).toEqual([{ status: "sent" }]);
    expect(fcm.issued()).toBe(2);
  });

  test("that is not issued refuses the messages, and the reason says why", async () => {
    await using fcm = await startFcm();
    await using other = await startFcm();
    const account = { ...JSON.parse(fcm.serviceAccount), private_key: JSON.parse(other.serviceAccount).private_key };
    await using sender = senderTo({ origin: fcm.origin, serviceAccount: JSON.stringify(account) });
    expect(await sender.send([messageTo("fcm", "device")], signal)).toEqual([
      { status: "refused", reason: "the server of access tokens answered 400, invalid_grant" },
    ]);
    expect(fcm.accepted()).toBe(0);
  });

  test("that cannot be asked for makes the service wait", async () => {
    await using fcm = await startFcm();
    const account = { ...JSON.parse(fcm.serviceAccount), token_uri: "http://127.0.0.1:1/token" };
    await using sender = senderTo({ origin: fcm.origin, serviceAccount: JSON.stringify(account) });
    expect(await sender.send([messageTo("fcm", "device")], signal)).toMatchObject([
      { status: "retry", scope: "service" },
    ]);
  });
});

test("FCM that cannot be reached makes the service wait", async () => {
  const fcm = await startFcm();
  await using sender = senderTo({ origin: "http://127.0.0.1:1", serviceAccount: fcm.serviceAccount });
  expect(await sender.send([messageTo("fcm", "device")], signal)).toEqual([
    { status: "retry", scope: "service", reason: "cannot be reached (ECONNREFUSED)" },
  ]);
  await fcm[Symbol.asyncDispose]();
});

test("an FCM that restarts in the middle loses no message, and sends none twice", async () => {
  await using fcm = await startFcm({ goAwayAfter: 40 });
  await using sender = senderTo(fcm);
  const messages = Array.from({ length: 400 }, (_, index) => messageTo("fcm", `device-${index}`));
  const outcomes = await sender.send(messages, signal);
  expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
  expect(fcm.messages.map(({ token }) => token).toSorted()).toEqual(
    messages.map(({ target }) => target.token).toSorted(),
  );
});
