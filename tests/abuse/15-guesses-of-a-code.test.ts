import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { codeIn, receive, settle } from "../support/mailbox.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";

const phone = "+34600123456";

const guess = ({ url }: TestGatehouse, token: string, code: string): Promise<RestResponse> =>
  rest(url, "/v1/auth/phone/verify", { token, body: { code } });

/** Sends a code, and answers with it. */
async function sendCode(server: TestGatehouse, token: string): Promise<string> {
  expect((await rest(server.url, "/v1/auth/phone", { token, body: { phone } })).status).toBe(204);
  await settle(server);
  return codeIn(await receive(server, phone, "phone-code"));
}

/** Codes that are not this one. */
const wrongCodes = (code: string, count: number) =>
  Array.from({ length: count }, (_, index) => String((Number(code) + index + 1) % 1_000_000).padStart(6, "0"));

describe("row 15: unlimited guesses of a code (Zitadel CVE-2025-64102)", () => {
  test("the right one is accepted after four wrong ones", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const code = await sendCode(server, accessToken);
    for (const wrong of wrongCodes(code, 4)) {
      expect((await guess(server, accessToken, wrong)).body.code).toBe("PHONE_CODE_INVALID");
    }
    expect((await guess(server, accessToken, code)).status).toBe(204);
  });

  test("the right one is refused after five wrong ones, and a new code works", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const code = await sendCode(server, accessToken);
    for (const wrong of wrongCodes(code, 5)) await guess(server, accessToken, wrong);
    const refused = await guess(server, accessToken, code);
    expect([refused.status, refused.body.code]).toEqual([400, "PHONE_CODE_INVALID"]);
    expect((await guess(server, accessToken, await sendCode(server, accessToken))).status).toBe(204);
  });

  test("only five of a hundred at once are checked: the right one among the last comes too late", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const code = await sendCode(server, accessToken);
    await Promise.all(wrongCodes(code, 100).map((wrong) => guess(server, accessToken, wrong)));
    const [row] =
      (await server.database?.query("select attempts from one_time_token where purpose = 'verify_phone'")) ?? [];
    if (row !== undefined) expect(row).toEqual({ attempts: 5 });
    expect((await guess(server, accessToken, code)).body.code).toBe("PHONE_CODE_INVALID");
  });

  test("each guess of a batch counts", async () => {
    await using server = await startGatehouse();
    const { accessToken } = await registerAccount(server.url);
    const code = await sendCode(server, accessToken);
    const codes = [...wrongCodes(code, 20), code];
    const path = `/rpc/${codes.map(() => "auth.phone.verify").join(",")}?batch=1`;
    const body = Object.fromEntries(codes.map((each, index) => [index, { json: { code: each } }]));
    await rest(server.url, path, { token: accessToken, body });
    // Which five of them were looked at is the database's to decide; what counts is that no more were.
    const user = (await rest(server.url, "/v1/users/me", { token: accessToken })).body;
    const [row] =
      (await server.database?.query("select attempts from one_time_token where purpose = 'verify_phone'")) ?? [];
    if (!user.phoneVerified && row !== undefined) expect(row).toEqual({ attempts: 5 });
    expect((await guess(server, accessToken, code)).body.code).toBe("PHONE_CODE_INVALID");
  });

  test("guesses from one address have a limit of their own, across accounts", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_REDEMPTIONS_PER_IP_PER_MINUTE: "10" } });
    const { accessToken } = await registerAccount(server.url);
    const answers = await Promise.all(wrongCodes("000000", 30).map((wrong) => guess(server, accessToken, wrong)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect(answers.find(({ status }) => status === 429)?.headers.get("retry-after")).toMatch(/^\d+$/);
  });
});
