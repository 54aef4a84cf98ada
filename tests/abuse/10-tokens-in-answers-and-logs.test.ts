import { afterEach, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem, redemptions } from "../support/links.ts";
import { codeIn, receive, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";

const phone = "+34600123456";

/** Everything that a caller is answered with, headers and bodies, from here on. */
function recordAnswers(): string[] {
  const answers: string[] = [];
  const send = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (...request) => {
    const response = await send(...request);
    answers.push(JSON.stringify([...response.headers]), await response.clone().text());
    return response;
  });
  return answers;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sends a token where it belongs and where it does not: in other fields, in addresses, in broken bodies. */
async function handleWrongly({ url }: TestGatehouse, token: string): Promise<void> {
  for (const { path, fields } of redemptions) {
    await rest(url, path, { body: `{"token":"${token}"` });
    await rest(url, path, { body: { token: [token], ...fields } });
    await rest(url, `${path}?token=${token}`, { body: fields });
    await rest(url, path, { body: { token: `${token}x`, ...fields } });
  }
  await rest(url, `/account/verify-email?token=${token}`).catch(() => undefined);
  await rest(url, "/rpc/auth.magicLink.verify", { body: { json: { token, unknown: token } } });
}

/** Goes through every flow with mails and messages, and answers with the tokens and codes that were in them. */
async function goThroughAll(server: TestGatehouse): Promise<readonly string[]> {
  const tokens: string[] = [];
  for (const kind of linkKinds) {
    const token = await kind.issue(server, await registerAccount(server.url));
    await handleWrongly(server, token);
    expect((await redeem(server, kind.redemption, token)).status).toBeLessThan(300);
    await redeem(server, kind.redemption, token);
    tokens.push(token);
  }
  const { accessToken } = await registerAccount(server.url);
  await rest(server.url, "/v1/auth/phone", { token: accessToken, body: { phone } });
  const code = codeIn(await receive(server, phone, "phone-code"));
  for (const body of [`{"code":"${code}"`, { code: [code] }, { code: Number(code) }, { code, unknown: code }]) {
    await rest(server.url, "/v1/auth/phone/verify", { token: accessToken, body });
  }
  const verified = await rest(server.url, "/v1/auth/phone/verify", { token: accessToken, body: { code } });
  expect(verified.status).toBe(204);
  await settle(server);
  return [...tokens, code];
}

/** As a number of its own: six digits also turn up inside of ids and times. */
const appearsIn = (text: string, secret: string) =>
  new RegExp(`(?<![0-9A-Za-z_.-])${secret}(?![0-9A-Za-z_-])`).test(text);

describe("row 10: a code or token never appears in a response or a log (Zitadel CVE-2026-105211)", () => {
  test("whatever is done with it, on a server that logs at trace level", async () => {
    const log: string[] = [];
    await using server = await startGatehouse({ onLog: (line) => log.push(line), environment: { LOG_LEVEL: "trace" } });
    const answers = recordAnswers();
    const secrets = await goThroughAll(server);
    expect(secrets).toHaveLength(linkKinds.length + 1);
    expect(log.length).toBeGreaterThan(50);
    expect(answers.length).toBeGreaterThan(100);
    for (const secret of secrets) {
      expect(log.filter((line) => appearsIn(line, secret))).toEqual([]);
      expect(answers.filter((answer) => appearsIn(answer, secret))).toEqual([]);
    }
  });

  test("nor in the verified registration mode", async () => {
    const log: string[] = [];
    const environment = { LOG_LEVEL: "trace", REGISTRATION_MODE: "verified" };
    await using server = await startGatehouse({ onLog: (line) => log.push(line), environment });
    const answers = recordAnswers();
    const body = { email: "ada@example.com", password: "correct horse battery" };
    await rest(server.url, "/v1/auth/register", { body });
    const token = await receiveToken(server, body.email, "complete-registration");
    await rest(server.url, "/v1/auth/email/verify", { body: { token } });
    expect(answers.length).toBeGreaterThan(0);
    expect([...log, ...answers].filter((text) => text.includes(token) || text.includes(body.password))).toEqual([]);
  });

  test("nor in a table, except as a digest", async () => {
    await using server = await startGatehouse();
    const tokens: string[] = [];
    for (const kind of linkKinds) tokens.push(await kind.issue(server, await registerAccount(server.url)));
    const rows = await server.database?.query(
      "select (select json_agg(t) from one_time_token t) as tokens, (select json_agg(j) from pgboss.job j) as jobs",
    );
    const stored = JSON.stringify(rows ?? []);
    for (const token of tokens) {
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(Buffer.from(token).toString("hex"));
      expect(stored).not.toContain(Buffer.from(token).toString("base64"));
    }
  });
});
