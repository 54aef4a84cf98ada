import { beforeEach, describe, expect, test } from "vitest";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { codeIn, messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const phone = "+34600123456";

const sendCode = (url: string, token: string, body: object = { phone }) => rest(url, "/v1/auth/phone", { token, body });

const verify = (url: string, token: string, code: string) =>
  rest(url, "/v1/auth/phone/verify", { token, body: { code } });

const me = async (url: string, token: string) => (await rest(url, "/v1/users/me", { token })).body;

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

describe("a telephone number", () => {
  test("is proven by a code of six digits, once", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    expect(await me(server.url, accessToken)).toMatchObject({ phone: null, phoneVerified: false });
    expect((await sendCode(server.url, accessToken)).status).toBe(204);
    const code = codeIn(await receive(server, phone, "phone-code"));
    expect(await me(server.url, accessToken)).toMatchObject({ phone: null });
    expect((await verify(server.url, accessToken, code)).status).toBe(204);
    expect(await me(server.url, accessToken)).toMatchObject({ phone, phoneVerified: true });
    const again = await verify(server.url, accessToken, code);
    expect([again.status, again.body.code]).toEqual([400, "PHONE_CODE_INVALID"]);
  });

  test("is accepted in its national format", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    expect((await sendCode(server.url, accessToken, { phone: "600 12 34 56", country: "ES" })).status).toBe(204);
    await receive(server, phone, "phone-code");
  });

  test.each([
    { phone: "600 12 34 56" },
    { phone: "+34 12" },
    { phone: "600 12 34 56", country: "XX" },
    { phone: "call me at +34600123456" },
    { phone: "+34600123456", country: "es" },
  ])("that is not valid is refused before anything is written: %o", async (body) => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const refused = await sendCode(server.url, accessToken, body);
    expect([refused.status, refused.body.code]).toEqual([400, "INVALID_INPUT"]);
    expect(await server.database?.query("select * from one_time_token where purpose = 'verify_phone'")).toEqual([]);
  });

  test("belongs to the first user who proves it", async () => {
    const server = shared();
    const users = await Promise.all(Array.from({ length: 4 }, () => registerAccount(server.url)));
    const proofs: { token: string; code: string }[] = [];
    for (const { accessToken: token } of users) {
      await sendCode(server.url, token);
      await settle(server);
      proofs.push({ token, code: codeIn(await receive(server, phone, "phone-code")) });
    }
    const answers = await Promise.all(proofs.map(({ token, code }) => verify(server.url, token, code)));
    const outcomes = answers.map(({ status, body }) => `${status} ${body?.code ?? ""}`.trim());
    expect(outcomes.toSorted()).toEqual(["204", ...Array.from({ length: 3 }, () => "409 PHONE_TAKEN")]);
    const owners = await server.database?.query(`select id from "user" where phone = $1`, [phone]);
    expect(owners).toHaveLength(1);
  });

  test("has a code that works for ten minutes", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    await sendCode(server.url, accessToken);
    const code = codeIn(await receive(server, phone, "phone-code"));
    server.clock.advance(10 * 60);
    expect((await verify(server.url, accessToken, code)).body.code).toBe("PHONE_CODE_INVALID");
  });

  test("is the one that got the newest code", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    await sendCode(server.url, accessToken);
    const first = codeIn(await receive(server, phone, "phone-code"));
    await sendCode(server.url, accessToken, { phone: "+34600123457" });
    const second = codeIn(await receive(server, "+34600123457", "phone-code"));
    if (first !== second) expect((await verify(server.url, accessToken, first)).body.code).toBe("PHONE_CODE_INVALID");
    expect((await verify(server.url, accessToken, second)).status).toBe(204);
    expect(await me(server.url, accessToken)).toMatchObject({ phone: "+34600123457" });
    expect(await messagesTo(server, phone)).toHaveLength(1);
  });

  describe("a replacement", () => {
    const other = "+34600123457";
    const stepUpMaxAgeSeconds = 900;
    const lasting = shareGatehouse({ environment: { ACCESS_TOKEN_TTL_SECONDS: "3600" } });
    beforeEach(() => clearAccounts(lasting()));

    async function registerWithPhone(server: TestGatehouse) {
      const account = await registerAccount(server.url);
      await sendCode(server.url, account.accessToken);
      await verify(server.url, account.accessToken, codeIn(await receive(server, phone, "phone-code")));
      return account;
    }

    test("requires a recent proof, which a first number does not", async () => {
      const server = lasting();
      const { accessToken, password } = await registerWithPhone(server);
      server.clock.advance(stepUpMaxAgeSeconds + 1);
      const refused = await sendCode(server.url, accessToken, { phone: other });
      expect([refused.status, refused.body.code, refused.body.methods]).toEqual([403, "STEP_UP_REQUIRED", ["pwd"]]);
      await settle(server);
      expect(await messagesTo(server, other)).toEqual([]);
      await rest(server.url, "/v1/auth/sudo", { token: accessToken, body: { password } });
      expect((await sendCode(server.url, accessToken, { phone: other })).status).toBe(204);
      const code = codeIn(await receive(server, other, "phone-code"));
      expect((await verify(server.url, accessToken, code)).status).toBe(204);
      expect(await me(server.url, accessToken)).toMatchObject({ phone: other });
    });

    test("cannot be prepared by a stolen session before there is a first number", async () => {
      const server = lasting();
      const { accessToken, email, password } = await registerAccount(server.url);
      server.clock.advance(stepUpMaxAgeSeconds + 1);
      await sendCode(server.url, accessToken, { phone: other });
      const prepared = codeIn(await receive(server, other, "phone-code"));
      const owner = (await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } })).body.session;
      await sendCode(server.url, owner.accessToken);
      await verify(server.url, owner.accessToken, codeIn(await receive(server, phone, "phone-code")));
      expect((await verify(server.url, accessToken, prepared)).body.code).toBe("PHONE_CODE_INVALID");
      expect((await sendCode(server.url, accessToken, { phone: other })).body.code).toBe("STEP_UP_REQUIRED");
      expect(await me(server.url, owner.accessToken)).toMatchObject({ phone });
    });

    test("is reported to the owner's proven address", async () => {
      const server = shared();
      const { accessToken, email } = await registerWithPhone(server);
      const token = await receiveToken(server, email, "verify-email");
      await rest(server.url, "/v1/auth/email/verify", { body: { token } });
      await sendCode(server.url, accessToken, { phone: other });
      await verify(server.url, accessToken, codeIn(await receive(server, other, "phone-code")));
      const mail = await receive(server, email, "phone-changed");
      expect(mail.text).toContain("57");
      expect(mail.text).not.toContain(other);
    });
  });
});
