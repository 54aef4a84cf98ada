import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { rest } from "../support/rest.ts";

const verifiedMode = { environment: { REGISTRATION_MODE: "verified" } };
const email = "ada@example.com";
const password = "correct horse battery";

const register = (url: string, fields: object = {}) =>
  rest(url, "/v1/auth/register", { body: { email, password, ...fields } });

const login = (url: string, body: object = { identifier: email, password }) => rest(url, "/v1/auth/login", { body });

const complete = (url: string, token: string) => rest(url, "/v1/auth/email/verify", { body: { token } });

describe("in the verified mode a registration", () => {
  test("lets in after the link, and not before", async () => {
    await using server = await startGatehouse(verifiedMode);
    const answer = await register(server.url, { username: "ada", givenName: "Ada", locale: "es" });
    expect([answer.status, answer.body]).toEqual([202, { status: "verification_sent" }]);
    const token = await receiveToken(server, email, "complete-registration");
    const early = await login(server.url);
    expect([early.status, early.body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
    const wrong = await login(server.url, { identifier: email, password: "not the password" });
    expect(wrong.body.code).toBe("INVALID_CREDENTIALS");
    expect((await complete(server.url, token)).status).toBe(204);
    const { status, body } = await login(server.url);
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email, username: "ada", givenName: "Ada", locale: "es", emailVerified: true });
  });

  test("with a taken address answers the same, and its owner is told", async () => {
    await using server = await startGatehouse(verifiedMode);
    await register(server.url);
    await complete(server.url, await receiveToken(server, email, "complete-registration"));
    const answer = await register(server.url, { email: "ADA@Example.com", password: "somebody else's" });
    expect([answer.status, answer.body]).toEqual([202, { status: "verification_sent" }]);
    const notice = await receive(server, email, "address-already-registered");
    expect(notice.text).not.toContain("#token=");
    expect((await login(server.url)).status).toBe(200);
  });

  test("with a taken username is refused, whether or not the address is taken", async () => {
    await using server = await startGatehouse(verifiedMode);
    await register(server.url, { username: "ada" });
    await settle(server);
    for (const address of [email, "other@example.com"]) {
      const refused = await register(server.url, { email: address, username: "ADA" });
      expect([refused.status, refused.body.code]).toEqual([409, "USERNAME_TAKEN"]);
    }
  });

  test("of one address many times at once makes one account", async () => {
    await using server = await startGatehouse(verifiedMode);
    const answers = await Promise.all(Array.from({ length: 10 }, () => register(server.url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await settle(server);
    const templates = (await messagesTo(server, email)).map(({ template }) => template);
    expect(templates.filter((template) => template === "complete-registration")).toHaveLength(1);
    expect(templates.filter((template) => template === "address-already-registered")).toHaveLength(9);
  });

  test("of one username at once by two addresses makes two accounts, one of them without", async () => {
    await using server = await startGatehouse({ environment: { ...verifiedMode.environment, JOBS: "off" } });
    await register(server.url, { username: "ada" });
    await register(server.url, { email: "other@example.com", username: "ada" });
    await using worker = await startGatehouse({
      ...verifiedMode,
      ...(server.database && { database: server.database }),
    });
    await settle(worker);
    const users = await worker.database?.query(`select username from "user" order by username nulls last`);
    expect(users).toEqual([{ username: "ada" }, { username: null }]);
  });

  test("is completed by a new password as well, since that proves the address", async () => {
    await using server = await startGatehouse(verifiedMode);
    await register(server.url);
    await settle(server);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    const token = await receiveToken(server, email, "reset-password");
    await rest(server.url, "/v1/auth/password/reset", { body: { token, password: "another horse staple" } });
    expect((await login(server.url, { identifier: email, password: "another horse staple" })).status).toBe(200);
  });

  test("leaves neither the address nor the hash where the queue can be read", async () => {
    await using server = await startGatehouse({ environment: { ...verifiedMode.environment, JOBS: "off" } });
    await register(server.url);
    const rows = await server.database?.query("select data::text from pgboss.job");
    expect(JSON.stringify(rows ?? [])).not.toMatch(/ada@example|argon2/);
  });
});

test("in the immediate mode a registration signs in at once", async () => {
  await using server = await startGatehouse();
  const { status, body } = await register(server.url);
  expect([status, body.status, body.user.emailVerified]).toEqual([201, "signed_in", false]);
  expect((await register(server.url)).body.code).toBe("EMAIL_TAKEN");
  expect((await login(server.url)).status).toBe(200);
});
