import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem, redemptions } from "../support/links.ts";
import { codeIn, receive, receiveToken } from "../support/mailbox.ts";
import { confirmByPhone, waitForCode, withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";

describe("row 7: a token of one purpose used for another (better-auth CVE-2026-110862)", () => {
  test.each(linkKinds)("$name is refused for every other purpose, and then still works for its own", async (kind) => {
    await using server = await startGatehouse();
    const token = await kind.issue(server, await registerAccount(server.url));
    for (const other of redemptions.filter(({ path }) => path !== kind.redemption.path)) {
      const refused = await redeem(server, other, token);
      expect([other.path, refused.status, refused.body.code]).toEqual([other.path, 400, other.refusal]);
    }
    expect((await redeem(server, kind.redemption, token)).status).toBeLessThan(300);
  });

  test("the code of a message is no token, and no token is a code", async () => {
    await using server = await startGatehouse();
    const ada = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/phone", { token: ada.accessToken, body: { phone: "+34600123456" } });
    const code = codeIn(await receive(server, "+34600123456", "phone-code"));
    for (const redemption of redemptions) {
      expect((await redeem(server, redemption, code)).body.code).toBe(redemption.refusal);
    }
    const bob = await registerAccount(server.url);
    const foreign = await rest(server.url, "/v1/auth/phone/verify", { token: bob.accessToken, body: { code } });
    expect([foreign.status, foreign.body.code]).toEqual([400, "PHONE_CODE_INVALID"]);
  });

  test("the secret of a registration by number is no token of a link, and no token confirms it", async () => {
    await using server = await startGatehouse({ environment: withPhones });
    const { registration, code } = await waitForCode(server);
    for (const redemption of redemptions) {
      expect((await redeem(server, redemption, registration)).body.code).toBe(redemption.refusal);
    }
    const inspected = await rest(server.url, "/v1/auth/email/verify/inspect", { body: { token: registration } });
    expect(inspected.body.code).toBe("EMAIL_TOKEN_INVALID");
    const { email } = await registerAccount(server.url);
    const token = await receiveToken(server, email, "verify-email");
    expect((await confirmByPhone(server, { registration: token, code })).body.code).toBe("PHONE_CODE_INVALID");
    expect((await confirmByPhone(server, { registration, code })).status).toBe(201);
  });

  test("an access token, a refresh token and nonsense are refused alike", async () => {
    await using server = await startGatehouse();
    const { accessToken, refreshToken } = await registerAccount(server.url);
    for (const token of [
      refreshToken,
      accessToken,
      "",
      "0".repeat(9999),
      "x",
      " ",
      "0".repeat(43),
      "\u0000",
      "ü".repeat(43),
    ]) {
      for (const redemption of redemptions) {
        const { status, body } = await redeem(server, redemption, token);
        expect([token, status, body.code]).toEqual([token, 400, redemption.refusal]);
      }
    }
  });

  test("any other text is refused as a code", async () => {
    await using server = await startGatehouse();
    for (const code of ["", "x", " ", "0".repeat(9999), "\u0000"]) {
      const { accessToken: token } = await registerAccount(server.url);
      await rest(server.url, "/v1/auth/phone", { token, body: { phone: "+34600123456" } });
      const { status, body } = await rest(server.url, "/v1/auth/phone/verify", { token, body: { code } });
      expect([code, status, body.code]).toEqual([code, 400, "PHONE_CODE_INVALID"]);
    }
  });
});
