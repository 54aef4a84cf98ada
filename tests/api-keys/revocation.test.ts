import { Client } from "pg";
import { describe, expect, test, vi } from "vitest";
import { askForApiKey, listApiKeys, makeApiKey, readProfile, revokeApiKey } from "../support/api-keys.ts";
import { postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { patience } from "../support/patience.ts";
import { type Account, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";
import { share, shareGatehouse } from "../support/shared-gatehouse.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const shared = shareGatehouse();

describe("revoking a key", () => {
  test("again gives the same answer, so that a lost one can be repeated", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { id, secret } = await makeApiKey(server.url, ada);
    for (const _time of [1, 2]) expect((await revokeApiKey(server.url, ada, id)).status).toBe(204);
    expect((await readProfile(server.url, secret)).body.code).toBe("ACCESS_TOKEN_INVALID");
    expect((await listApiKeys(server.url, ada)).body.items).toEqual([]);
  });

  test("of somebody else is refused as unknown, and the key still works", async () => {
    const server = shared();
    const [ada, bob] = [await registerProven(server), await registerProven(server)];
    const { id, secret } = await makeApiKey(server.url, ada);
    const answers = [await revokeApiKey(server.url, bob, id), await revokeApiKey(server.url, bob, crypto.randomUUID())];
    const told = answers.map(({ status, body: { requestId: _own, ...body } }) => ({ status, body }));
    expect(told[0]).toEqual(told[1]);
    expect(told[0]).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect((await readProfile(server.url, secret)).status).toBe(200);
  });

  test("leaves the user's other keys and sessions as they are", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const [one, other] = [await makeApiKey(server.url, ada), await makeApiKey(server.url, ada)];
    await revokeApiKey(server.url, ada, one.id);
    expect((await readProfile(server.url, other.secret)).status).toBe(200);
    expect((await rest(server.url, "/v1/auth/status", { token: ada.accessToken })).status).toBe(200);
  });
});

test("every invalid key is refused with the same words", async () => {
  const server = shared();
  const ada = await registerProven(server);
  const soon = new Date(server.clock.now().getTime() + 1000).toISOString();
  const { secret: expired } = await makeApiKey(server.url, ada, { expiresAt: soon });
  const { secret: revoked, id } = await makeApiKey(server.url, ada);
  await revokeApiKey(server.url, ada, id);
  server.clock.advance(1);
  const neverMade = "gatehouse_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13sRzl1";
  const tokens = [
    expired,
    revoked,
    neverMade,
    revoked.slice(0, -1),
    "gatehouse_",
    `${ada.accessToken.slice(0, -4)}AAAA`,
  ];
  const told = async (path: string, token: string) => {
    const { status, headers, body } = await rest(server.url, path, { token });
    const { requestId: _rest, ...problem } = body;
    const { requestId: _rpc, ...data } = body.error?.json.data ?? {};
    return { status, challenge: headers.get("www-authenticate"), problem: body.error ? data : problem };
  };
  for (const path of ["/v1/users/me", "/rpc/user.me", "/v1/auth/status"]) {
    const answers = await Promise.all(tokens.map((token) => told(path, token)));
    expect(answers[0]).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="gatehouse", error="invalid_token"',
      problem: { code: "ACCESS_TOKEN_INVALID" },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  }
});

describe("a key", () => {
  const keyed = async (server: TestGatehouse, account?: Account) => {
    const ada = account ?? (await registerProven(server));
    const { secret } = await makeApiKey(server.url, ada);
    expect((await readProfile(server.url, secret)).status).toBe(200);
    return {
      ada,
      works: async () => {
        const { status, body } = await readProfile(server.url, secret);
        if (status !== 200) expect(body.code).toBe("ACCESS_TOKEN_INVALID");
        return status === 200;
      },
    };
  };

  test("is refused while its user is disabled or deleted, and works again afterwards", async () => {
    const server = shared();
    const { ada, works } = await keyed(server);
    const change = (changes: { status?: "active" | "disabled" | "deactivated"; deleted_at?: Date | null }) =>
      server.gatehouse.deps.db.updateTable("user").set(changes).where("public_id", "=", ada.userId).execute();
    for (const [ended, restored] of [
      [{ status: "disabled" }, { status: "active" }],
      [{ status: "deactivated" }, { status: "active" }],
      [{ deleted_at: new Date() }, { deleted_at: null }],
    ] as const) {
      await change(ended);
      expect(await works()).toBe(false);
      await change(restored);
      expect(await works()).toBe(true);
    }
  });

  test("stays when its user logs out everywhere, changes the password or, with a proven address, resets it", async () => {
    const server = shared();
    const { ada, works } = await keyed(server);
    const body = { currentPassword: ada.password, newPassword: "another horse staple" };
    const changed = await rest(server.url, "/v1/auth/password", { method: "PUT", token: ada.accessToken, body });
    expect([changed.status, await works()]).toEqual([204, true]);
    await resetPassword(server, ada);
    expect(await works()).toBe(true);
    const credentials = { identifier: ada.email, password: "a third horse staple" };
    const { session } = (await rest(server.url, "/v1/auth/login", { body: credentials })).body;
    await rest(server.url, "/v1/auth/logout-all", { method: "POST", token: session.accessToken });
    expect((await rest(server.url, "/v1/auth/status", { token: session.accessToken })).status).toBe(401);
    expect(await works()).toBe(true);
  });

  test("ends when a change of the address is undone, because somebody had taken the account", async () => {
    const server = shared();
    const { ada, works } = await keyed(server);
    const another = `${crypto.randomUUID()}@example.org`;
    const asked = await rest(server.url, "/v1/auth/email/change", { token: ada.accessToken, body: { email: another } });
    expect(asked.status).toBe(204);
    const confirmation = { token: await receiveToken(server, another, "confirm-email-change"), requestedBy: "me" };
    await rest(server.url, "/v1/auth/email/verify", { body: confirmation });
    expect(await works()).toBe(true);
    const token = await receiveToken(server, ada.email, "email-changed");
    expect((await rest(server.url, "/v1/auth/email/undo-change", { body: { token } })).status).toBe(204);
    expect(await works()).toBe(false);
  });
});

async function resetPassword(server: TestGatehouse, { email }: Account): Promise<void> {
  await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  const token = await receiveToken(server, email, "reset-password");
  const body = { token, password: "a third horse staple" };
  expect((await rest(server.url, "/v1/auth/password/reset", { body })).status).toBe(204);
}

describe.skipIf(postgresUnreachable)("a key is not made when, during the request,", () => {
  test.each([
    [
      "their session ends",
      `select 1 from "user" for update; update session set revoked_at = now(), revoked_reason = 'logout'`,
    ],
    ["they are disabled", `update "user" set status = 'disabled'`],
  ])("%s", async (_what, change) => {
    const server = shared();
    const { database } = server;
    if (database === undefined) return;
    const ada = await registerProven(server);
    await using holder = await connect(database.url);
    await holder.query(`begin; ${change}`);
    const asked = askForApiKey(server.url, ada);
    await vi.waitFor(async () => expect(await waitingForLocks(database)).toHaveLength(1), patience);
    await holder.query("commit");
    const { status, body } = await asked;
    expect([status, body.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
    const keys = `select from api_key join "user" on "user".id = api_key.user_id where email = $1`;
    expect(await database.query(keys, [ada.email])).toEqual([]);
  });

  async function connect(url: string) {
    const client = new Client(url);
    await client.connect();
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
  }

  const waitingForLocks = (database: TestDatabase) =>
    database.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
});

describe.skipIf(postgresUnreachable)("on several servers", () => {
  const sharedSecond = share(() => startBeside(shared()));
  const ends: readonly (readonly [string, string])[] = [
    ["its user is disabled", `update "user" set status = 'disabled' where public_id = $1`],
    ["its user is deleted", `update "user" set deleted_at = now() where public_id = $1`],
  ];

  test("a key that one server revoked is refused by the next call on another, which had served it", async () => {
    const [first, second] = [shared(), sharedSecond()];
    const ada = await registerProven(first);
    for (let round = 0; round < 20; round += 1) {
      const { id, secret } = await makeApiKey(first.url, ada);
      expect((await readProfile(second.url, secret)).status).toBe(200);
      await revokeApiKey(first.url, ada, id);
      expect((await readProfile(second.url, secret)).body.code).toBe("ACCESS_TOKEN_INVALID");
    }
  });

  test.each(ends)("a key is refused by the next call on another when %s", async (_how, sql) => {
    const [first, second] = [shared(), sharedSecond()];
    const ada = await registerProven(first);
    const { secret } = await makeApiKey(first.url, ada);
    expect((await readProfile(second.url, secret)).status).toBe(200);
    await first.database?.query(sql, [ada.userId]);
    for (const server of [first, second]) expect((await readProfile(server.url, secret)).status).toBe(401);
  });

  test("a revocation works without notifications: a server whose listening connection is cut refuses the key", async () => {
    const [first, second] = [shared(), sharedSecond()];
    const ada = await registerProven(first);
    const { id, secret } = await makeApiKey(first.url, ada);
    expect((await readProfile(second.url, secret)).status).toBe(200);
    const cut = await first.database?.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike '%listen%' and pid <> pg_backend_pid()`,
    );
    expect(cut?.length).toBeGreaterThan(0);
    await revokeApiKey(first.url, ada, id);
    expect((await readProfile(second.url, secret)).body.code).toBe("ACCESS_TOKEN_INVALID");
  });

  test("without the database no key is accepted from memory: the answer is 503, and later the right one", async () => {
    const first = shared();
    const { database, clock } = first;
    if (database === undefined) return;
    await using proxy = await startTcpProxy(database.url);
    await using second = await startGatehouse({ database: { ...database, url: proxy.url }, clock });
    const ada = await registerProven(first);
    const { id, secret } = await makeApiKey(first.url, ada);
    expect((await readProfile(second.url, secret)).status).toBe(200);
    await proxy.cut();
    await revokeApiKey(first.url, ada, id);
    const during = await readProfile(second.url, secret);
    expect([during.status, during.body.code]).toEqual([503, "SERVICE_UNAVAILABLE"]);
    await proxy.restore();
    await vi.waitFor(
      async () => expect((await readProfile(second.url, secret)).body.code).toBe("ACCESS_TOKEN_INVALID"),
      patience,
    );
  });
});
