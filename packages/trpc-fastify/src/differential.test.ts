import fc from "fast-check";
import { expect, test } from "vitest";
import { procedurePaths } from "./differential/cases.ts";
import { inject } from "./differential/injection.ts";
import { observe, type Transport } from "./differential/observation.ts";
import { oddRequests } from "./differential/odd-requests.ts";
import { ServerPair } from "./differential/server.ts";
import { plainSettingsArbitrary, type Settings, settingsArbitrary } from "./differential/settings.ts";
import { exchange } from "./differential/socket.ts";
import { soundRequests, type TestRequest } from "./differential/sound-requests.ts";

// A failure prints its seed and path; `fc.assert(property, { seed, path })` repeats it.
const requests = fc.array(fc.oneof(soundRequests, oddRequests), { minLength: 1, maxLength: 10 });

const subscriptions: readonly string[] = procedurePaths.subscription;

// These cases do not run over sockets: a subscription that fails leaves its connection open for the client to close, and the
// connection may be cut before the response is read if a body is refused while it is being sent.
const requestsOverSocket = requests.map((sent) =>
  sent.filter(({ path, body = "" }) => !subscriptions.includes(path) && body.length < 1000),
);

test("any requests to any server get the stock adapter's answers and have its effects", async () => {
  await fc.assert(fc.asyncProperty(settingsArbitrary, requests, sameWhenInjected), { numRuns: 400 });
});

test("any requests to a plain server get the stock adapter's answers and have its effects", async () => {
  await fc.assert(fc.asyncProperty(plainSettingsArbitrary, requests, sameWhenInjected), { numRuns: 400 });
});

test("any requests over a socket get the stock adapter's answers, byte for byte", async () => {
  await fc.assert(fc.asyncProperty(plainSettingsArbitrary, requestsOverSocket, sameOverSocket), { numRuns: 200 });
});

async function sameWhenInjected(settings: Settings, sent: readonly TestRequest[]): Promise<void> {
  await using servers = new ServerPair(settings);
  await expectSame(
    servers,
    sent.filter((request) => isComparable(settings, request)),
    inject,
  );
}

/**
 * The stock handler leaves a rejection unhandled if the report of a late failure fails, and it continues to stream without a
 * reader if the head of the response fails.
 */
function isComparable({ onError, responseMeta }: Settings, request: TestRequest): boolean {
  const isSubscription = subscriptions.includes(request.path);
  if (onError === "throws" && (isSubscription || acceptsStream(request))) return false;
  return !isSubscription || soundMetas.includes(responseMeta);
}

const soundMetas: readonly Settings["responseMeta"][] = ["none", "nothing", "status", "record", "Headers"];

function acceptsStream({ headers }: TestRequest): boolean {
  return [headers["accept"], headers["trpc-accept"]].some((accepted) => accepted?.includes("application/jsonl"));
}

async function sameOverSocket(settings: Settings, sent: readonly TestRequest[]): Promise<void> {
  await using servers = new ServerPair(settings);
  await servers.listen();
  await expectSame(servers, sent, exchange);
}

async function expectSame(servers: ServerPair, sent: readonly TestRequest[], send: Transport): Promise<void> {
  for (const request of sent) {
    expect(await observe(servers.ours, request, send)).toEqual(await observe(servers.stock, request, send));
  }
}
