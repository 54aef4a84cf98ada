import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle, tokenIn } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const day = 24 * 60 * 60;

const verify = (url: string, token: string) => rest(url, "/v1/auth/email/verify", { body: { token } });

const sendAgain = (url: string, token: string) => rest(url, "/v1/auth/email/verification", { method: "POST", token });

const isVerified = async (url: string, token: string) =>
  (await rest(url, "/v1/users/me", { token })).body.emailVerified;

const shared = shareGatehouse();

describe("a link that proves an address", () => {
  test("is sent at registration, and works once", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    expect(await isVerified(server.url, ada.accessToken)).toBe(false);
    const mail = await receive(server, ada.email, "verify-email");
    expect(mail.text).toContain("http://gatehouse.test/account/verify-email#token=");
    expect((await verify(server.url, tokenIn(mail))).status).toBe(204);
    expect(await isVerified(server.url, ada.accessToken)).toBe(true);
    const again = await verify(server.url, tokenIn(mail));
    expect([again.status, again.body.code]).toEqual([400, "EMAIL_TOKEN_INVALID"]);
  });

  test("is sent on the embedded database too", async () => {
    await using server = await startGatehouse({ embedded: true });
    const ada = await registerAccount(server.url);
    const token = await receiveToken(server, ada.email, "verify-email");
    expect((await verify(server.url, token)).status).toBe(204);
    expect(await isVerified(server.url, ada.accessToken)).toBe(true);
  });

  test("can be sent again, and is replaced by a new one in the last third of its day", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const first = await receiveToken(server, ada.email, "verify-email");
    expect((await sendAgain(server.url, ada.accessToken)).status).toBe(204);
    await settle(server);
    expect((await messagesTo(server, ada.email)).map(tokenIn)).toEqual([first, first]);
    server.clock.advance(16 * 60 * 60);
    const { body } = await rest(server.url, "/v1/auth/login", {
      body: { identifier: ada.email, password: ada.password },
    });
    expect((await sendAgain(server.url, body.session.accessToken)).status).toBe(204);
    await settle(server);
    const second = await receiveToken(server, ada.email, "verify-email");
    expect(second).not.toBe(first);
    expect((await verify(server.url, first)).body.code).toBe("EMAIL_TOKEN_INVALID");
    expect((await verify(server.url, second)).status).toBe(204);
  });

  test("is not sent for a proven address", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await verify(server.url, await receiveToken(server, ada.email, "verify-email"));
    expect((await sendAgain(server.url, ada.accessToken)).status).toBe(204);
    await settle(server);
    expect(await messagesTo(server, ada.email)).toHaveLength(1);
  });

  test("works for a day and not longer", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const tokens = [
      await receiveToken(server, ada.email, "verify-email"),
      await receiveToken(server, bob.email, "verify-email"),
    ] as const;
    server.clock.advance(day - 1);
    expect((await verify(server.url, tokens[0])).status).toBe(204);
    server.clock.advance(1);
    expect((await verify(server.url, tokens[1])).body.code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("comes in the user's language", async () => {
    const server = shared();
    const ada = await registerAccount(server.url, { locale: "es-MX" });
    const english = await registerAccount(server.url, { locale: "fr" });
    const spanish = await receive(server, ada.email, "verify-email");
    expect(spanish.text).toContain("Hola:");
    expect(spanish.subject).not.toBe((await receive(server, english.email, "verify-email")).subject);
  });
});

test("a registration that fails sends nothing", async () => {
  const server = shared();
  const ada = await registerAccount(server.url, { username: "ada" });
  await settle(server);
  const taken = await rest(server.url, "/v1/auth/register", {
    body: { email: "other@example.com", username: "ADA", password: ada.password },
  });
  expect(taken.body.code).toBe("USERNAME_TAKEN");
  await settle(server);
  expect(await messagesTo(server, "other@example.com")).toEqual([]);
});
