import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { changeAddress, linkKinds, redeem, redemptions, registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";

/** Of links that prove the account's own address. */
const ownAddress = linkKinds.filter(({ name }) => ["verify-email", "reset-password", "magic-link"].includes(name));

/** As an administrator could, past the flows: what a token proves is decided when it is presented. */
async function overwriteAddress({ database }: TestGatehouse, { userId }: Account): Promise<void> {
  await database?.query(
    `update "user" set email = 'else@example.org', email_canonical = 'else@example.org' where public_id = $1`,
    [userId],
  );
}

describe("row 9: a token used after the address it proves has changed", () => {
  test.each(ownAddress)("$name is refused once the address has changed", async ({ issue, redemption }) => {
    await using server = await startGatehouse();
    const ada = await registerAccount(server.url);
    const token = await issue(server, ada);
    await overwriteAddress(server, ada);
    const refused = await redeem(server, redemption, token);
    if (server.database === undefined) return;
    expect([refused.status, refused.body.code]).toEqual([400, redemption.refusal]);
  });

  test.each(ownAddress.filter(({ name }) => name !== "verify-email"))(
    "$name does not survive a change of address, nor the change back",
    async ({ issue, redemption }) => {
      await using server = await startGatehouse();
      const ada = await registerProven(server);
      const token = await issue(server, ada);
      await changeAddress(server, ada);
      expect((await redeem(server, redemption, token)).body.code).toBe(redemption.refusal);
      const undo = await receiveToken(server, ada.email, "email-changed");
      expect((await rest(server.url, "/v1/auth/email/undo-change", { body: { token: undo } })).status).toBe(204);
      expect((await redeem(server, redemption, token)).body.code).toBe(redemption.refusal);
    },
  );

  test("a deleted account's tokens are refused", async () => {
    await using server = await startGatehouse();
    const ada = await registerAccount(server.url);
    const tokens = [];
    for (const kind of ownAddress) tokens.push(await kind.issue(server, ada));
    await server.database?.query(`update "user" set deleted_at = now() where public_id = $1`, [ada.userId]);
    if (server.database === undefined) return;
    for (const token of tokens) {
      for (const redemption of redemptions) {
        const { status, body } = await redeem(server, redemption, token);
        expect([status, body.code]).toEqual([400, redemption.refusal]);
      }
    }
  });
});
