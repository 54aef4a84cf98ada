import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { whileChanging } from "../support/held-change.ts";
import { login } from "../support/logins.ts";
import { registerAccount } from "../support/rest.ts";

const changes = [
  { change: "another password", sql: "update password set version = version + 1", code: "INVALID_CREDENTIALS" },
  { change: "the removal of the password", sql: "delete from password", code: "INVALID_CREDENTIALS" },
  { change: "the disabling of the user", sql: `update "user" set status = 'disabled'`, code: "ACCOUNT_DISABLED" },
  { change: "the deletion of the user", sql: `update "user" set deleted_at = now()`, code: "ACCOUNT_DISABLED" },
] as const;

describe.skipIf(postgresUnreachable)("a login whose password was right when it was verified", () => {
  test.each(changes)("is refused after $change, for which it had to wait", async ({ sql, code }) => {
    await using server = await startGatehouse({ environment: { JOBS: "off" } });
    const { database } = server;
    if (database === undefined) throw new Error("There is no PostgreSQL.");
    const { email, password } = await registerAccount(server.url);
    const change = `select from "user" for no key update; ${sql}`;
    const answer = await whileChanging(database, change, () => login(server.url, { identifier: email, password }));
    expect(answer.body).toMatchObject({ code });
    expect(await database.query("select from session")).toHaveLength(1);
  });
});
