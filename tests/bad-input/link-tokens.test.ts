import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { linkKinds, redeem, redemptions } from "../support/links.ts";
import { registerAccount } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";
import { everyAlteration, expectAlike } from "./wrong-tokens.ts";

describe("the token of a link", () => {
  test.each(redemptions)("is refused at $path with one answer, whatever is wrong", async (redemption) => {
    await using server = await startGatehouse();
    const refusalOf = async (token: string) => {
      const { status, body } = await redeem(server, redemption, token);
      return { status, body: { ...body, requestId: "" } };
    };
    const expected = await refusalOf("wrong");
    expect(expected).toMatchObject({ status: 400, body: { code: redemption.refusal } });
    for (const kind of linkKinds.filter((candidate) => candidate.redemption === redemption)) {
      const account = await registerAccount(server.url);
      const token = await kind.issue(server, account);
      const before = await readTables(server.database);
      const cut = [
        token.slice(0, -1),
        token.slice(1),
        `${token}A`,
        `${token}\n`,
        ` ${token}`,
        `${token}=`,
        `${token}\0`,
      ];
      const wrong = [...everyAlteration(token), ...cut, "", "x".repeat(60_000), account.refreshToken];
      await expectAlike(wrong, expected, refusalOf);
      expect(await readTables(server.database)).toEqual(before);
      expect((await redeem(server, redemption, token)).status).toBeLessThan(300);
      expect(await refusalOf(token)).toEqual(expected);
      const late = await kind.issue(server, await registerAccount(server.url));
      server.clock.advance(8 * 24 * 60 * 60);
      expect(await refusalOf(late)).toEqual(expected);
    }
  });
});
