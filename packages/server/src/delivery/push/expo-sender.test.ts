import { describe, expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import { createExpoSender } from "./expo-sender.ts";
import type { PushOutcome } from "./push-sender.ts";
import { expoAccessToken, startExpo } from "./testing/expo-server.ts";
import type { Misbehaviour, Reply } from "./testing/http2-server.ts";
import { content, messageTo } from "./testing/push-message.ts";

/** Never aborted. */
const { signal } = new AbortController();

function senderTo(baseUrl: string, { accessToken = expoAccessToken, timeoutMillis = 30_000 } = {}) {
  return createExpoSender({ accessToken, baseUrl }, { clock: systemClock, timeoutMillis });
}

const token = (index: number) => `ExponentPushToken[device-${index}]`;

const messages = (count: number) => Array.from({ length: count }, (_, index) => messageTo("expo", token(index)));

async function outcomesOf(answer: Reply | Misbehaviour, count = 1): Promise<readonly PushOutcome[]> {
  await using expo = await startExpo({ answers: [answer] });
  return await senderTo(expo.baseUrl, { timeoutMillis: answer === "silence" ? 500 : 30_000 }).send(
    messages(count),
    signal,
  );
}

describe("a message by Expo", () => {
  test("is sent as Expo documents it, and has a receipt", async () => {
    await using expo = await startExpo();
    const message = messageTo("expo", token(0), {
      imageUrl: "https://example.com/a.png",
      link: "https://example.com/",
    });
    expect(await senderTo(expo.baseUrl).send([message], signal)).toEqual([
      { status: "sent", receiptId: `receipt-of-${token(0)}` },
    ]);
    expect(expo.messages).toMatchObject([
      {
        to: token(0),
        title: content.title,
        body: content.body,
        data: { kind: "sign-in", link: "https://example.com/" },
        priority: "high",
        richContent: { image: "https://example.com/a.png" },
      },
    ]);
    expect(expo.messages[0]?.ttl).toBeGreaterThan(3000);
  });

  test("is one of at most a hundred in a request, and outcomes keep their order", async () => {
    await using expo = await startExpo({ ticketErrors: { [token(123)]: "DeviceNotRegistered" } });
    const outcomes = await senderTo(expo.baseUrl).send(messages(250), signal);
    expect(expo.requestSizes.toSorted((a, b) => a - b)).toEqual([50, 100, 100]);
    expect(outcomes.flatMap(({ status }, index) => (status === "sent" ? [] : [index]))).toEqual([123]);
    expect(outcomes[123]).toEqual({ status: "dead_token", reason: "Expo says DeviceNotRegistered" });
  });

  test("of another project fails alone", async () => {
    await using expo = await startExpo({ foreignTokens: [token(17)] });
    const outcomes = await senderTo(expo.baseUrl).send(messages(40), signal);
    expect(outcomes.every(({ status }) => status === "sent")).toBe(true);
    expect(new Set(expo.messages.map(({ to }) => to)).size).toBe(40);
    expect(expo.messages).toHaveLength(40);
  });

  test("to what is no token of Expo, or too large, is not sent", async () => {
    await using expo = await startExpo();
    const large = messageTo("expo", token(1), { body: "x".repeat(4096) });
    expect(
      await senderTo(expo.baseUrl).send([messageTo("expo", "device"), large, messageTo("expo", token(2))], signal),
    ).toMatchObject([
      { status: "dead_token" },
      { status: "refused", reason: expect.stringMatching(/bytes; Expo takes 4096$/) },
      { status: "sent" },
    ]);
    expect(expo.requestSizes).toEqual([1]);
  });

  test("is one of 600 a second at most", async () => {
    await using expo = await startExpo();
    const startedAt = performance.now();
    await senderTo(expo.baseUrl).send(messages(700), signal);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
    expect(expo.messages).toHaveLength(700);
  });
});

test.each([
  ["DeviceNotRegistered", { status: "dead_token" }],
  ["MessageTooBig", { status: "refused" }],
  ["MismatchSenderId", { status: "refused" }],
  ["InvalidCredentials", { status: "refused" }],
  ["MessageRateExceeded", { status: "retry", scope: "message" }],
  ["ProviderError", { status: "retry", scope: "message" }],
])("a ticket and a receipt that say %s mean %j", async (error, expected) => {
  await using expo = await startExpo({ ticketErrors: { [token(0)]: error }, receiptErrors: { [token(1)]: error } });
  const sender = senderTo(expo.baseUrl);
  const [failed] = await sender.send(messages(2), signal);
  expect(failed).toMatchObject(expected);
  const receipts = await sender.readReceipts(["unknown", `receipt-of-${token(1)}`], signal);
  expect(receipts).toMatchObject([undefined, expected]);
});

test("receipts of messages that arrived say so, and those that cannot be read are unknown", async () => {
  const expo = await startExpo();
  const sender = senderTo(expo.baseUrl);
  const ids = (await sender.send(messages(350), signal)).map((outcome) =>
    outcome.status === "sent" ? (outcome.receiptId ?? "") : "",
  );
  expect(await sender.readReceipts(ids, signal)).toEqual(Array(350).fill({ status: "sent" }));
  await expo[Symbol.asyncDispose]();
  expect(await sender.readReceipts(ids.slice(0, 2), signal)).toEqual([undefined, undefined]);
});

test("a receipt is none of those that every object has", async () => {
  await using expo = await startExpo();
  const ids = ["constructor", "toString", "__proto__"];
  expect(await senderTo(expo.baseUrl).readReceipts(ids, signal)).toEqual([undefined, undefined, undefined]);
});

describe("Expo's answer to a request", () => {
  test("counts ticket by ticket: a malformed one makes its own message wait, and the others are not sent twice", async () => {
    const tickets = [{ status: "ok", id: "first" }, { status: "pending" }, { status: "ok", id: "third" }];
    expect(await outcomesOf({ status: 200, body: JSON.stringify({ data: tickets }) }, 3)).toEqual([
      { status: "sent", receiptId: "first" },
      { status: "retry", scope: "message", reason: "the ticket is not one of Expo's" },
      { status: "sent", receiptId: "third" },
    ]);
  });

  test("429 makes the service wait as long as it says", async () => {
    const answer = { status: 429, headers: { "retry-after": "7" }, body: '{"errors":[{"code":"TOO_MANY_REQUESTS"}]}' };
    const reason = "Expo answered 429 TOO_MANY_REQUESTS";
    expect(await outcomesOf(answer, 2)).toEqual(
      Array(2).fill({ status: "retry", scope: "service", reason, afterMillis: 7000 }),
    );
  });

  test("429 stops the requests that wait", async () => {
    const answer = { status: 429, headers: { "retry-after": "7" }, body: '{"errors":[{"code":"TOO_MANY_REQUESTS"}]}' };
    await using expo = await startExpo({ answers: [answer] });
    const sender = senderTo(expo.baseUrl);
    const outcomes = await sender.send(messages(2000), signal);
    const [first] = outcomes;
    expect(first).toMatchObject({ status: "retry", scope: "service" });
    expect(expo.requestSizes.length).toBeLessThan(20);
    expect(outcomes.filter(({ status }) => status === "sent")).toHaveLength(expo.messages.length);
    const later = await sender.send(messages(1), signal);
    expect(later).toMatchObject([{ status: "retry", scope: "service", reason: "Expo answered 429 TOO_MANY_REQUESTS" }]);
  });

  test.each([{ status: 503 }, { status: 200, body: "<html>" }, { status: 200, body: '{"data":[]}' }])(
    "%j makes the service wait",
    async (answer) => {
      expect(await outcomesOf(answer)).toMatchObject([{ status: "retry", scope: "service" }]);
    },
  );

  test.each(["silence", "hang-up"] as const)("that is missing (%s) makes the service wait", async (answer) => {
    expect(await outcomesOf(answer)).toEqual([{ status: "retry", scope: "service", reason: "Expo cannot be reached" }]);
  });

  test("401 is for the operator", async () => {
    await using expo = await startExpo();
    const sender = senderTo(expo.baseUrl, { accessToken: "another-access-token" });
    expect(await sender.send(messages(1), signal)).toEqual([
      { status: "refused", reason: "Expo answered 401 UNAUTHORIZED" },
    ]);
  });

  test("400 is for the operator, of the messages that cause it", async () => {
    expect(await outcomesOf({ status: 400, body: '{"errors":[{"code":"VALIDATION_ERROR"}]}' })).toEqual([
      { status: "refused", reason: "Expo answered 400 VALIDATION_ERROR" },
    ]);
  });
});

test("an aborted call ends at once", async () => {
  await using expo = await startExpo({ answers: ["silence"] });
  const attempt = new AbortController();
  const sending = senderTo(expo.baseUrl).send(messages(1), attempt.signal);
  attempt.abort();
  expect(await sending).toEqual([{ status: "retry", scope: "message", reason: "the attempt was aborted" }]);
});
