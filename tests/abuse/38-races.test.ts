import { describe, expect, test } from "vitest";
import { askForApiKey, readProfile } from "../support/api-keys.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { linkDevice, newInstallationId } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { receiveToken, settle } from "../support/mailbox.ts";
import { type Account, type RestResponse, registerAccount, rest } from "../support/rest.ts";

const times = 15;

/** What a stranger does at the same time, and how many of them are there afterwards. */
const attempts: readonly {
  readonly name: string;
  readonly act: (url: string, stranger: Account) => Promise<RestResponse>;
  readonly left: string;
}[] = [
  {
    name: "making a key",
    act: (url, stranger) => askForApiKey(url, stranger),
    left: "select count(*)::int from api_key where revoked_at is null",
  },
  {
    name: "linking a device",
    act: (url, stranger) => linkDevice(url, stranger, { installationId: newInstallationId(), pushToken: "push" }),
    left: "select count(*)::int from device where user_id is not null or active",
  },
  {
    name: "asking for another address",
    act: (url, { accessToken: token }) =>
      rest(url, "/v1/auth/email/change", { token, body: { email: `${crypto.randomUUID()}@example.net` } }),
    left: "select count(*)::int from one_time_token where purpose = 'confirm_email_change'",
  },
  {
    name: "choosing another password",
    act: (url, { accessToken: token, password: currentPassword }) =>
      rest(url, "/v1/auth/password", {
        ...{ method: "PUT", token, body: { currentPassword, newPassword: "another horse staple" } },
      }),
    left: "select count(*)::int from password",
  },
  {
    name: "signing in",
    act: (url, { email: identifier, password }) => login(url, { identifier, password }),
    left: "select count(*)::int from session where revoked_at is null",
  },
];

async function count(database: TestDatabase, statement: string): Promise<unknown> {
  const [row] = await database.query(statement);
  return row?.["count"];
}

describe.skipIf(postgresUnreachable)("row 38: a stranger's call races the owner's proof of the address", () => {
  test.each(attempts)("$name comes before the proof and ends, or fails", async ({ act, left }) => {
    await using database = await createTestDatabase();
    await using first = await startGatehouse({ database });
    await using second = await startGatehouse({ database, clock: first.clock });
    for (let round = 0; round < 3; round++) {
      const stranger = await registerAccount(first.url);
      const token = await receiveToken(first, stranger.email, "verify-email");
      const acts = Array.from({ length: times }, (_, index) =>
        act([first, second][index % 2]?.url ?? first.url, stranger),
      );
      const body = { token, requestedBy: "somebody_else" };
      const [verified, ...answers] = await Promise.all([rest(second.url, "/v1/auth/email/verify", { body }), ...acts]);
      expect(verified.status).toBe(204);
      for (const { status } of answers) expect(status).toBeLessThan(500);
      await settle(first);
      expect(await count(database, left)).toBe(0);
      await database.query(`delete from "user"`);
    }
  });

  test("a key made after a proof without an answer, or without a proof, is never older than the proof", async () => {
    await using database = await createTestDatabase();
    await using server = await startGatehouse({ database });
    const stranger = await registerAccount(server.url);
    const token = await receiveToken(server, stranger.email, "verify-email");
    const [, ...answers] = await Promise.all([
      rest(server.url, "/v1/auth/email/verify", { body: { token } }),
      ...Array.from({ length: times }, () => askForApiKey(server.url, stranger)),
    ]);
    for (const { status, body } of answers) {
      if (status === 201) expect((await readProfile(server.url, body.secret)).status).toBe(200);
      else expect([status, body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
    }
    const made = answers.filter(({ status }) => status === 201).length;
    expect(await count(database, "select count(*)::int from api_key where revoked_at is null")).toBe(made);
  });
});
