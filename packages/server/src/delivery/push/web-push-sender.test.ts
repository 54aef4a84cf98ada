import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../clock.ts";
import type { OutboundRules } from "../../outbound/destination.ts";
import { vapidPublicKey } from "./config.ts";
import type { PushOutcome } from "./push-sender.ts";
import type { Misbehaviour, Reply } from "./testing/http2-server.ts";
import { content, messageTo } from "./testing/push-message.ts";
import { startWebPush } from "./testing/web-push-server.ts";
import { createWebPushSender } from "./web-push-sender.ts";

/** Never aborted. */
const { signal } = new AbortController();

const inside: OutboundRules = { allowsHttp: true, ports: "any", inside: ["127.0.0.1"] };

function newSender({ rules = inside, timeoutMillis = 30_000, clock = systemClock } = {}) {
  const { d: privateKey = "" } = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    format: "jwk",
  });
  const publicKey = vapidPublicKey(privateKey);
  const config = { privateKey, publicKey, subject: "mailto:operations@example.com" };
  const sender = createWebPushSender(config, { clock, rules, timeoutMillis });
  return { ...sender, publicKey, [Symbol.asyncDispose]: () => sender.close() };
}

/** The outcome of a message that the push service answers so, at first. */
async function outcomeOf(answer: Reply | Misbehaviour): Promise<PushOutcome | undefined> {
  await using service = await startWebPush({ answers: { browser: [answer] } });
  await using sender = newSender({ timeoutMillis: answer === "silence" ? 300 : 30_000 });
  const [outcome] = await sender.send([messageTo("web_push", service.subscribe("browser", sender.publicKey))], signal);
  return outcome;
}

describe("a message by Web Push", () => {
  test("is encrypted for the browser, and proves who sends", async () => {
    await using service = await startWebPush();
    await using sender = newSender();
    const changes = { imageUrl: "https://example.com/a.png", link: "https://example.com/", collapseKey: "sign-in" };
    const message = messageTo("web_push", service.subscribe("browser", sender.publicKey), changes);
    expect(await sender.send([message], signal)).toEqual([{ status: "sent" }]);
    const [received] = service.messages;
    expect(JSON.parse(received?.text ?? "")).toEqual({
      id: message.id,
      title: content.title,
      body: content.body,
      data: content.data,
      image: "https://example.com/a.png",
      link: "https://example.com/",
      tag: "sign-in",
    });
    expect(received?.headers).toMatchObject({ urgency: "high", topic: expect.stringMatching(/^[\w-]{32}$/) });
    expect(Number(received?.headers["ttl"])).toBeGreaterThan(3000);
    expect(Number(received?.headers["ttl"])).toBeLessThanOrEqual(3600);
  });

  test("keeps its place among others", async () => {
    await using service = await startWebPush({ answers: { "3": [{ status: 410 }] } });
    await using sender = newSender();
    const messages = Array.from({ length: 60 }, (_, index) =>
      messageTo("web_push", service.subscribe(String(index), sender.publicKey)),
    );
    const outcomes = await sender.send(messages, signal);
    expect(outcomes.flatMap(({ status }, index) => (status === "sent" ? [] : [index]))).toEqual([3]);
    expect(service.messages).toHaveLength(59);
  });

  test("that is too large is refused before it is sent", async () => {
    await using service = await startWebPush();
    await using sender = newSender();
    const message = messageTo("web_push", service.subscribe("browser", sender.publicKey), { body: "x".repeat(4000) });
    expect(await sender.send([message], signal)).toMatchObject([
      { status: "refused", reason: expect.stringMatching(/bytes; Web Push takes 3993$/) },
    ]);
    expect(service.requests()).toBe(0);
  });

  test.each([
    ["nothing", ""],
    ["a text", '"subscription"'],
    ["no keys", '{"endpoint":"https://push.example.com/"}'],
    [
      "a short key",
      '{"endpoint":"https://push.example.com/","keys":{"p256dh":"BAAA","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}',
    ],
    [
      "a key that is no point",
      `{"endpoint":"https://push.example.com/","keys":{"p256dh":"B${"A".repeat(86)}","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}`,
    ],
    ["no address", `{"endpoint":"push","keys":{"p256dh":"B${"A".repeat(86)}","auth":"AAAAAAAAAAAAAAAAAAAAAA"}}`],
  ])("to a subscription with %s goes nowhere", async (_name, token) => {
    await using sender = newSender();
    expect(await sender.send([messageTo("web_push", token)], signal)).toMatchObject([{ status: "dead_token" }]);
  });
});

describe("the push service's answer", () => {
  test.each([404, 410])("%i means that the subscription is dead", async (status) => {
    expect(await outcomeOf({ status })).toEqual({
      status: "dead_token",
      reason: `the push service answered ${status}`,
    });
  });

  test.each([400, 401, 403, 413])("%i is for the operator", async (status) => {
    expect(await outcomeOf({ status })).toMatchObject({ status: "refused" });
  });

  test("307 is not followed", async () => {
    await using elsewhere = await startWebPush();
    expect(await outcomeOf({ status: 307, headers: { location: elsewhere.origin } })).toMatchObject({
      status: "refused",
    });
    expect(elsewhere.requests()).toBe(0);
  });

  test("429 and 5xx make the message wait, and never those of others: anybody can subscribe with an address of theirs", async () => {
    const reason = "the push service answered 429";
    const headers = { "retry-after": "86400" };
    const hour = 60 * 60 * 1000;
    expect(await outcomeOf({ status: 429, headers })).toEqual({
      status: "retry",
      scope: "message",
      reason,
      afterMillis: hour,
    });
    expect(await outcomeOf({ status: 503 })).toMatchObject({ status: "retry", scope: "message" });
  });

  test.each(["silence", "hang-up"] as const)("that is missing (%s) is for another attempt", async (answer) => {
    expect(await outcomeOf(answer)).toMatchObject({ status: "retry", scope: "message" });
  });
});

describe("an endpoint, which a user's device has entered,", () => {
  test("inside the network is not called", async () => {
    await using service = await startWebPush();
    await using sender = newSender({ rules: { ...inside, inside: [] } });
    const message = messageTo("web_push", service.subscribe("browser", sender.publicKey));
    expect(await sender.send([message], signal)).toMatchObject([
      { status: "refused", reason: expect.stringContaining("Must not be an address inside a network") },
    ]);
    expect(service.requests()).toBe(0);
  });

  test("that stays silent is given up after a few attempts, and keeps no others waiting", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `silent-${index}`);
    await using slow = await startWebPush({ answers: Object.fromEntries(names.map((name) => [name, ["silence"]])) });
    await using good = await startWebPush();
    await using sender = newSender({ timeoutMillis: 3000 });
    const silent = names.map((name) => messageTo("web_push", slow.subscribe(name, sender.publicKey)));
    const fine = messageTo("web_push", good.subscribe("browser", sender.publicKey));
    const outcomes = await sender.send([...silent, fine], signal);
    expect(outcomes.at(-1)).toEqual({ status: "sent" });
    expect(outcomes.slice(0, -1).every(({ status }) => status === "retry")).toBe(true);
    expect(slow.requests()).toBeLessThan(60);
  });
});

describe("the proof of the sender", () => {
  test("is of one key: another sender is turned away", async () => {
    await using service = await startWebPush();
    await using sender = newSender();
    await using other = newSender();
    const subscription = service.subscribe("browser", other.publicKey);
    expect(await sender.send([messageTo("web_push", subscription)], signal)).toEqual([
      { status: "refused", reason: "the push service answered 403" },
    ]);
  });

  test("serves many messages, and is made anew before it expires", async () => {
    let now = new Date();
    await using service = await startWebPush();
    await using sender = newSender({ clock: { now: () => now } });
    const message = messageTo("web_push", service.subscribe("browser", sender.publicKey));
    const send = async () => {
      expect(await sender.send([message], signal)).toEqual([{ status: "sent" }]);
      return service.messages.at(-1)?.headers.authorization;
    };
    const first = await send();
    now = new Date(now.getTime() + 10 * 60 * 60_000);
    expect(await send()).toBe(first);
    now = new Date(now.getTime() + 90 * 60_000);
    expect(await send()).not.toBe(first);
  });
});

test("an aborted call ends at once", async () => {
  const names = Array.from({ length: 30 }, (_, index) => String(index));
  await using service = await startWebPush({ answers: Object.fromEntries(names.map((name) => [name, ["silence"]])) });
  await using sender = newSender();
  const attempt = new AbortController();
  const messages = names.map((name) => messageTo("web_push", service.subscribe(name, sender.publicKey)));
  const sending = sender.send(messages, attempt.signal);
  attempt.abort();
  expect(
    (await sending).every((outcome) => outcome.status === "retry" && outcome.reason === "the attempt was aborted"),
  ).toBe(true);
});
