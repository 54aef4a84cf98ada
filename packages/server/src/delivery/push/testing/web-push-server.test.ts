import { expect, test } from "vitest";
import webPush from "web-push";
import { startWebPush } from "./web-push-server.ts";

/** Posts what the library `web-push` makes for the subscription, signed by these keys. */
async function postByLibrary(subscription: string, keys: webPush.VapidKeys): Promise<number> {
  const vapidDetails = { subject: "mailto:operations@example.com", ...keys };
  const { endpoint, headers, body, method } = webPush.generateRequestDetails(JSON.parse(subscription), "hello ñ", {
    vapidDetails,
    contentEncoding: webPush.supportedContentEncodings.AES_128_GCM,
  });
  // The body is a `Buffer` of its own memory.
  const sent = await fetch(endpoint, {
    method,
    headers: { ...headers } as Record<string, string>,
    body: body as Buffer<ArrayBuffer>,
  });
  return sent.status;
}

test("the push service of the tests takes and opens what another implementation makes, and knows its sender", async () => {
  await using service = await startWebPush();
  const [keys, others] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()];
  const subscription = service.subscribe("browser", keys.publicKey);
  expect(await postByLibrary(subscription, keys)).toBe(201);
  expect(service.messages.map(({ text }) => text)).toEqual(["hello ñ"]);
  expect(await postByLibrary(subscription, others)).toBe(403);
  expect(await postByLibrary(subscription, { ...keys, privateKey: others.privateKey })).toBe(401);
  expect(service.messages).toHaveLength(1);
});
