import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { accountSid, authToken, startTwilio } from "./testing/twilio-server.ts";
import { createTwilioSender } from "./twilio-sender.ts";

/** Never aborted. */
const { signal } = new AbortController();

const message = {
  id: "5f0c6d52-3c0f-4b8a-9d0a-0a3b8b1f7a11",
  to: "+34600000001",
  template: "phone-code",
  text: "Hola ñ",
};

function senderTo(baseUrl: string, changes: { from?: string; authToken?: string } = {}) {
  return createTwilioSender({ kind: "twilio", accountSid, authToken, from: "+15005550006", baseUrl, ...changes });
}

describe("a text message by Twilio", () => {
  test("is posted with the account's credentials", async () => {
    await using twilio = await startTwilio();
    await senderTo(twilio.baseUrl).send(message, signal);
    expect(twilio.requests).toEqual([
      {
        path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
        form: { To: "+34600000001", From: "+15005550006", Body: "Hola ñ" },
      },
    ]);
  });

  test("is sent by the messaging service where one is configured", async () => {
    await using twilio = await startTwilio();
    const service = `MG${"0".repeat(32)}`;
    await senderTo(twilio.baseUrl, { from: service }).send(message, signal);
    expect(twilio.requests[0]?.form).toEqual({ To: "+34600000001", MessagingServiceSid: service, Body: "Hola ñ" });
  });
});

describe("Twilio's refusal", () => {
  test("for too many requests delays the next try as long as it says", async () => {
    const body = '{"code":20429,"message":"Too many requests"}';
    await using twilio = await startTwilio({ status: 429, body, headers: { "retry-after": "7" } });
    const expected = { name: "JobFailure", isPermanent: false, retryAfterSeconds: 7 };
    await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject(expected);
  });

  test("for a number that does not exist is final, and the error does not repeat the number", async () => {
    const body = '{"code":21211,"message":"The \'To\' number +34600000001 is not a valid phone number","status":400}';
    await using twilio = await startTwilio({ status: 400, body });
    const expected = { isPermanent: true, message: "Twilio answered 400, code 21211" };
    await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject(expected);
  });

  test.each([500, 502, 503])("with %i is temporary", async (status) => {
    await using twilio = await startTwilio({ status, body: "<html>Bad gateway</html>" });
    await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject({ isPermanent: false });
  });

  test("for wrong credentials is for the operator to correct, and the error contains no credentials", async () => {
    await using twilio = await startTwilio();
    const sender = senderTo(twilio.baseUrl, { authToken: "another-token-of-twilio" });
    const expected = { isPermanent: false, message: "Twilio answered 401, code 20003" };
    await expect(sender.send(message, signal)).rejects.toMatchObject(expected);
  });
});

test("an answer that is not Twilio's does not count as delivered", async () => {
  await using twilio = await startTwilio({ status: 200, body: "<html>Sign in to the hotel's network</html>" });
  await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject({ isPermanent: false });
});

test("an aborted attempt ends at once", async () => {
  const attempt = new AbortController();
  // This server never responds.
  await using server = createServer(() => attempt.abort());
  await once(server.listen(0, "127.0.0.1"), "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  const sent = senderTo(`http://127.0.0.1:${port}`).send(message, attempt.signal);
  await expect(sent).rejects.toMatchObject({ name: "JobFailure", message: "The attempt was aborted" });
});

test("credentials do not follow a redirect", async () => {
  await using elsewhere = await startTwilio();
  const headers = { location: `${elsewhere.baseUrl}/` };
  await using twilio = await startTwilio({ status: 307, body: "", headers });
  await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject({ isPermanent: false });
  expect(elsewhere.requests).toEqual([]);
});

test("an unreachable Twilio is tried again", async () => {
  const twilio = await startTwilio();
  await twilio[Symbol.asyncDispose]();
  await expect(senderTo(twilio.baseUrl).send(message, signal)).rejects.toMatchObject({
    name: "JobFailure",
    isPermanent: false,
  });
});
