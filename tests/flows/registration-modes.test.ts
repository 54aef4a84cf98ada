import { beforeEach, describe, expect, test } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { createAccount } from "../../packages/server/src/auth/registration/create-account.ts";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle, tokenIn } from "../support/mailbox.ts";
import { rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const verifiedMode = { environment: { REGISTRATION_MODE: "verified" } };
const email = "ada@example.com";
const password = "correct horse battery";

const register = (url: string, fields: object = {}) =>
  rest(url, "/v1/auth/register", { body: { email, password, ...fields } });

const login = (url: string, body: object = { identifier: email, password }) => rest(url, "/v1/auth/login", { body });

const complete = (url: string, token: string) => rest(url, "/v1/auth/email/verify", { body: { token } });

const day = 24 * 60 * 60;

/** Makes an account whose address nobody has proven, as it was made before the switch to the verified mode. */
async function registerUnproven({ gatehouse: { deps } }: TestGatehouse): Promise<void> {
  const passwordHash = await deps.passwords.hash(password);
  await inTransaction(deps.db, (trx) =>
    createAccount({ ...deps, call: systemCall }, trx, { user: { email }, passwordHash }),
  );
}

const shared = shareGatehouse(verifiedMode);
beforeEach(() => clearAccounts(shared()));

describe("in the verified mode a registration", () => {
  test("signs in after the link, and not before", async () => {
    const server = shared();
    const answer = await register(server.url, { username: "ada", givenName: "Ada", locale: "es" });
    expect([answer.status, answer.body]).toEqual([202, { status: "verification_sent" }]);
    const token = await receiveToken(server, email, "complete-registration");
    const early = await login(server.url);
    expect([early.status, early.body.code]).toEqual([401, "INVALID_CREDENTIALS"]);
    expect((await complete(server.url, token)).status).toBe(204);
    const { status, body } = await login(server.url);
    expect(status).toBe(200);
    expect(body.user).toMatchObject({ email, username: "ada", givenName: "Ada", locale: "es", emailVerified: true });
  });

  test("with a taken address gets the same answer, and the owner gets a mail", async () => {
    const server = shared();
    await register(server.url);
    await complete(server.url, await receiveToken(server, email, "complete-registration"));
    const answer = await register(server.url, { email: "ADA@Example.com", password: "zeppelin copper lamp window" });
    expect([answer.status, answer.body]).toEqual([202, { status: "verification_sent" }]);
    const notice = await receive(server, email, "address-already-registered");
    expect(notice.text).not.toContain("#token=");
    expect(notice.text).toContain("\nhttp://gatehouse.test/account/forgot-password\n");
    expect((await login(server.url)).status).toBe(200);
  });

  test("with a taken username is refused, whether or not the address is taken", async () => {
    const server = shared();
    await register(server.url, { username: "ada" });
    await complete(server.url, await receiveToken(server, email, "complete-registration"));
    for (const address of [email, "other@example.com"]) {
      const refused = await register(server.url, { email: address, username: "ADA" });
      expect([refused.status, refused.body.code]).toEqual([409, "USERNAME_TAKEN"]);
    }
  });

  test("of one address many times at once makes one account, by the link that is opened first", async () => {
    const server = shared();
    const answers = await Promise.all(Array.from({ length: 5 }, () => register(server.url)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await settle(server);
    const messages = await messagesTo(server, email);
    expect(messages.map(({ template }) => template)).toEqual(Array.from({ length: 5 }, () => "complete-registration"));
    const tokens = messages.map(tokenIn);
    const outcomes = await Promise.all([...tokens, ...tokens].map((token) => complete(server.url, token)));
    const refusals = outcomes.filter(({ status }) => status !== 204).map(({ body }) => body.code);
    expect(refusals).toEqual(Array.from({ length: 9 }, () => "EMAIL_TOKEN_INVALID"));
    expect((await login(server.url)).status).toBe(200);
  });

  test("of one username by two addresses makes two accounts, the later one without the username", async () => {
    const server = shared();
    const other = "other@example.com";
    for (const address of [email, other]) await register(server.url, { email: address, username: "ada" });
    for (const address of [other, email]) {
      await complete(server.url, await receiveToken(server, address, "complete-registration"));
    }
    const usernames = [other, email].map(async (identifier) => {
      const { body } = await login(server.url, { identifier, password });
      return body.user.username;
    });
    expect(await Promise.all(usernames)).toEqual(["ada", null]);
  });

  test("whose address belongs to another account when the link is opened is refused", async () => {
    const server = shared();
    await register(server.url);
    const token = await receiveToken(server, email, "complete-registration");
    await registerUnproven(server);
    const refused = await complete(server.url, token);
    expect([refused.status, refused.body.code]).toEqual([409, "EMAIL_TAKEN"]);
  });

  test("can be completed for a day, on the embedded database too", async () => {
    await using server = await startGatehouse({ ...verifiedMode, embedded: true });
    const other = "other@example.com";
    for (const address of [email, other]) await register(server.url, { email: address });
    const token = await receiveToken(server, email, "complete-registration");
    const late = await receiveToken(server, other, "complete-registration");
    server.clock.advance(day - 1);
    expect((await complete(server.url, token)).status).toBe(204);
    server.clock.advance(1);
    expect((await complete(server.url, late)).body.code).toBe("EMAIL_TOKEN_INVALID");
  });

  test("leaves no account and no readable address or hash before the link is opened", async () => {
    const server = shared();
    await register(server.url, { username: "ada" });
    await receive(server, email, "complete-registration");
    const rows = await server.database?.query(`select r.*, encode(sealed, 'escape') as text, u.id as user_id
      from pending_registration r left join "user" u on true`);
    expect(rows ?? [{ user_id: null }]).toMatchObject([{ user_id: null }]);
    expect(JSON.stringify(rows?.map(({ text }) => text) ?? [])).not.toMatch(/ada|argon2/);
  });

  test("leaves no readable address or hash in the queue", async () => {
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

test("in the verified mode an older account can sign in once its address is proven", async () => {
  const server = shared();
  await registerUnproven(server);
  const early = await login(server.url);
  expect([early.status, early.body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
  const wrong = await login(server.url, { identifier: email, password: "not the password" });
  expect(wrong.body.code).toBe("INVALID_CREDENTIALS");
  await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  const token = await receiveToken(server, email, "reset-password");
  await rest(server.url, "/v1/auth/password/reset", { body: { token, password: "another horse staple" } });
  expect((await login(server.url, { identifier: email, password: "another horse staple" })).status).toBe(200);
});
