import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, settle } from "../support/mailbox.ts";
import { registerAccount } from "../support/rest.ts";

const poison = "evil.example";

const headers = {
  host: poison,
  "x-forwarded-host": poison,
  "x-forwarded-proto": "gopher",
  "x-original-host": poison,
  forwarded: `host=${poison}`,
  origin: `https://${poison}`,
  referer: `https://${poison}/`,
};

interface Poisoned {
  readonly body: object;
  readonly token?: string;
}

/** fetch would not send another `Host` than that of the address. */
function sendPoisoned({ url }: TestGatehouse, path: string, { body, token }: Poisoned): Promise<number> {
  return new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { method: "POST", headers: { ...headers, ...authorization, "content-type": "application/json" } };
    const sent = request(new URL(path, url), options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

describe("row 11: poisoned Host or X-Forwarded-Host in the links of mails (GHSA-2wmj-46rj-qm2w)", () => {
  test.each([
    ["without trusted proxies", {}],
    ["behind a trusted proxy", { TRUSTED_PROXIES: "loopback" }],
  ])("every link is below PUBLIC_URL, %s", async (_, environment) => {
    await using server = await startGatehouse({ environment });
    const { email, accessToken: token, password } = await registerAccount(server.url);
    const changed = "changed@example.org";
    const registered = "registered@example.org";
    const statuses = [
      await sendPoisoned(server, "/v1/auth/register", { body: { email: registered, password } }),
      await sendPoisoned(server, "/v1/auth/password/forgot", { body: { email } }),
      await sendPoisoned(server, "/v1/auth/magic-link", { body: { email } }),
      await sendPoisoned(server, "/v1/auth/email/change", { body: { email: changed }, token }),
    ];
    expect(statuses).toEqual([201, 204, 204, 204]);
    await receive(server, email, "magic-link");
    await settle(server);
    const mails = [email, changed, registered].map((to) => messagesTo(server, to));
    const texts = (await Promise.all(mails)).flat().map(({ text }) => text);
    expect(texts.length).toBeGreaterThanOrEqual(5);
    for (const text of texts) {
      expect(text).not.toContain(poison);
      for (const [link] of text.matchAll(/\b[a-z]+:\/\/\S+/g)) expect(link).toMatch(/^http:\/\/gatehouse\.test(\/|$)/);
    }
  });

  test("in the verified mode of registration too, for a free address and a taken one", async () => {
    await using server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
    const body = { email: "ada@example.com", password: "correct horse battery" };
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await sendPoisoned(server, "/v1/auth/register", { body })).toBe(202);
      await settle(server);
    }
    const texts = (await messagesTo(server, body.email)).map(({ text }) => text);
    expect(texts).toHaveLength(2);
    for (const text of texts) {
      expect(text).toContain("http://gatehouse.test");
      expect(text).not.toContain(poison);
    }
  });
});
