import { expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";

/** Nobody listens on the first port of all. */
const unreachable = { SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "accounts@example.com" };

test("while the mail server is unreachable every flow goes on, and its mail waits", async () => {
  await using server = await startGatehouse({ environment: unreachable });
  const ada = await registerAccount(server.url);
  const statuses = [
    await rest(server.url, "/v1/auth/password/forgot", { body: { email: ada.email } }),
    await rest(server.url, "/v1/auth/magic-link", { body: { email: ada.email } }),
    await rest(server.url, "/v1/auth/email/verification", { method: "POST", token: ada.accessToken }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([204, 204, 204]);
  const waiting = "select 1 from pgboss.job where name = 'send-mail' and state in ('created', 'retry', 'active')";
  const { rows } = await runSql(server.gatehouse.deps.db, waiting);
  expect(rows.length).toBeGreaterThanOrEqual(2);
});

/** Where real accounts are there is no outbox. */
const withoutOutbox = { NODE_ENV: "staging", PUBLIC_URL: "http://localhost" };

test.skipIf(postgresUnreachable)(
  "a server without mail accepts registrations, and refuses operations that only send a mail",
  async () => {
    await using server = await startGatehouse({ environment: withoutOutbox });
    const ada = await registerAccount(server.url);
    const token = ada.accessToken;
    const answers = [
      await rest(server.url, "/v1/auth/password/forgot", { body: { email: ada.email } }),
      await rest(server.url, "/v1/auth/magic-link", { body: { email: ada.email } }),
      await rest(server.url, "/v1/auth/email/verification", { method: "POST", token }),
      await rest(server.url, "/v1/auth/phone", { token, body: { phone: "+34600123456" } }),
    ].map(({ status, body }) => `${status} ${body.code}`);
    const noMail = "503 EMAIL_NOT_CONFIGURED";
    expect(answers).toEqual([noMail, noMail, noMail, "503 SMS_NOT_CONFIGURED"]);
    const bob = { email: "bob@example.com", password: ada.password };
    const { body } = await rest(server.url, "/v1/auth/register", { body: bob });
    expect(body.recovery).toBe("none");
  },
);
