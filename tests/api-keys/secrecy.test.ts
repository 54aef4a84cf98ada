import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { askForApiKey, listApiKeys, makeApiKey, readProfile, revokeApiKey } from "../support/api-keys.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { messagesTo, receive, settle } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

/** The key where it belongs and where it does not; answers with all that was answered after it was made. */
async function handle(server: { readonly url: string }, ada: Account, secret: string): Promise<string> {
  const answers = [
    await readProfile(server.url, secret),
    await readProfile(server.url, `${secret}x`),
    await listApiKeys(server.url, ada),
    await rest(server.url, "/v1/auth/status", { token: secret }),
    await rest(server.url, `/v1/users/me?access_token=${secret}`),
    await rest(server.url, `/rpc/user.me?input=${encodeURIComponent(JSON.stringify({ json: { apiKey: secret } }))}`),
    await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: secret } }),
    await rest(server.url, "/v1/auth/login", { body: { identifier: secret, password: secret } }),
    await rest(server.url, "/v1/auth/login", { body: `{"password":"${secret}"` }),
    await rest(server.url, "/v1/auth/token", { method: "POST", token: secret }),
  ];
  return JSON.stringify(answers.map(({ headers, body }) => [[...headers], body]));
}

const shared = shareGatehouse();

describe("a key appears only in the answer to its creation", () => {
  test("not in another answer, in the log at trace level or in a mail", async () => {
    const lines: string[] = [];
    await using server = await startGatehouse({
      onLog: (line) => lines.push(line),
      environment: { LOG_LEVEL: "trace" },
    });
    const ada = await registerProven(server);
    const { secret, id } = await makeApiKey(server.url, ada);
    const answers = await handle(server, ada, secret);
    await revokeApiKey(server.url, ada, id);
    await settle(server);
    const mails = (await messagesTo(server, ada.email)).map(({ text, subject }) => subject + text).join();
    expect(lines.length).toBeGreaterThan(10);
    const hidden = secret.slice(16);
    for (const written of [answers, lines.join(), mails]) {
      expect(written.length).toBeGreaterThan(100);
      expect(written).not.toContain(hidden);
    }
  });

  test.skipIf(postgresUnreachable)(
    "not in the log of an installation, although it was in the path of a request",
    async () => {
      await using database = await createTestDatabase();
      const environment = { DATABASE_URL: database.url, ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}` };
      await using server = await startServerProcess({ ...environment, LOG_FORMAT: "json", LOG_LEVEL: "trace" });
      const ada = await registerAccount(server.url);
      // A production server has no outbox that the test could read the link in.
      await database.query(`update "user" set email_verified_at = now()`);
      const { secret, prefix } = await makeApiKey(server.url, ada);
      const answers = await handle(server, ada, secret);
      expect((await revokeApiKey(server.url, ada, secret)).status).toBe(400);
      await rest(server.url, `/nowhere/${secret}`);
      await vi.waitFor(() => expect(server.output()).toContain("/nowhere/"), patience);
      expect(server.output()).toContain(`"path":"/v1/auth/api-keys/${prefix}…"`);
      expect(server.output()).not.toContain(secret.slice(16));
      expect(answers).not.toContain(secret.slice(16));
    },
  );

  test("not in a table, except as its SHA-256", async () => {
    const server = shared();
    if (server.database === undefined) return;
    const { secret } = await makeApiKey(server.url, await registerProven(server));
    await readProfile(server.url, secret);
    const jobs = await server.database.query("select json_agg(j) as jobs from pgboss.job j");
    const outbox = await server.database.query("select json_agg(m) as mails from outbox_message m");
    const stored = JSON.stringify([await readTables(server.database), jobs, outbox]);
    expect(stored).toContain(createHash("sha256").update(secret).digest("hex"));
    for (const part of [secret.slice(16), secret.slice(10, 53)]) {
      expect(stored).not.toContain(part);
      expect(stored).not.toContain(Buffer.from(part).toString("hex"));
      expect(stored).not.toContain(Buffer.from(part).toString("base64").replace(/=+$/, "").slice(2, -2));
    }
  });
});

describe("the owner of a key", () => {
  test("gets a mail about a new key, with its name and beginning", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { prefix } = await makeApiKey(server.url, ada, { name: "Nightly export" });
    const { text } = await receive(server, ada.email, "api-key-created");
    expect(text).toContain("Name: Nightly export");
    expect(text).toContain(`Key begins with: ${prefix}`);
  });

  test("gets no mail about a refused one", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await askForApiKey(server.url, ada, { scopes: ["nothing"] });
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates).not.toContain("api-key-created");
  });
});
