import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem } from "../support/links.ts";
import { codeIn, receive } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";

const times = 20;

/** How many succeeded, and what the others were told. */
function outcomes(answers: readonly { status: number; body?: { code?: string } }[]) {
  const refused = answers.filter(({ status }) => status >= 300);
  return {
    succeeded: answers.length - refused.length,
    refusals: [...new Set(refused.map(({ status, body }) => `${status} ${body?.code}`))],
  };
}

describe("row 8: parallel redemption of one link or code: one wins", () => {
  test.each(linkKinds)("$name, redeemed on two servers of one database", async ({ issue, redemption }) => {
    await using server = await startGatehouse();
    await using other = await startGatehouse({
      ...(server.database && { database: server.database }),
      clock: server.clock,
    });
    const servers = server.database === undefined ? [server] : [server, other];
    const token = await issue(server, await registerAccount(server.url));
    const answers = await Promise.all(
      Array.from({ length: times }, (_, index) => redeem(servers[index % servers.length] ?? server, redemption, token)),
    );
    expect(outcomes(answers)).toEqual({ succeeded: 1, refusals: [`400 ${redemption.refusal}`] });
  });

  test("a code: of five calls at once one wins, however many more come", async () => {
    await using server = await startGatehouse();
    const { accessToken: token } = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/phone", { token, body: { phone: "+34600123456" } });
    const code = codeIn(await receive(server, "+34600123456", "phone-code"));
    const answers = await Promise.all(
      Array.from({ length: times }, () => rest(server.url, "/v1/auth/phone/verify", { token, body: { code } })),
    );
    expect(outcomes(answers)).toEqual({ succeeded: 1, refusals: ["400 PHONE_CODE_INVALID"] });
  });
});
