import { randomBytes } from "node:crypto";
import { loadConfig } from "@gatehouse/server";
import { describe, expect, test, vi } from "vitest";
import { rotateSigningKey } from "../../packages/server/src/auth/signing-key/service.ts";
import { KeyRing } from "../../packages/server/src/crypto/key-ring.ts";
import { encryptedColumns } from "../../packages/server/src/encrypted-columns.ts";
import { reencrypt } from "../../packages/server/src/encryption/reencrypt.ts";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";

const newKey = (version: number) => `${version}:${randomBytes(32).toString("base64")}`;

const [firstKey, secondKey] = [newKey(1), newKey(2)];

interface StartOptions {
  readonly database: TestDatabase;
  readonly keys: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
}

/** Leaves jobs to nobody unless a test wants them, so that what lies sealed stays as it is. */
const start = ({ database, keys, environment = {}, onLog }: StartOptions) =>
  startGatehouse({
    database,
    environment: { JOBS: "off", DOCS: "off", ENCRYPTION_KEYS: keys, ...environment },
    ...(onLog === undefined ? {} : { onLog }),
  });

const refresh = (server: TestGatehouse, refreshToken: string) =>
  rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });

/** Seals a value of each kind: a signing key, a session, a registration that waits, mails and an answer in the queue. */
async function sealEverything(server: TestGatehouse): Promise<{ readonly refreshToken: string }> {
  const { refreshToken, email } = await registerAccount(server.url);
  const { status } = await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
  expect(status).toBe(204);
  return { refreshToken };
}

/** The versions of the keys that sealed what the database holds, by where it lies. */
async function versionsIn(database: TestDatabase): Promise<Readonly<Record<string, unknown>>> {
  const [row] = await database.query(`select
    (select array_agg(distinct get_byte(private_key, 0)) from signing_key) as keys,
    (select array_agg(distinct get_byte(refresh_key, 0)) from session) as sessions,
    (select array_agg(distinct get_byte(sealed, 0)) from pending_registration) as registrations,
    (select array_agg(distinct get_byte(decode(data->>'sealed', 'base64'), 0)) from pgboss.job where data ? 'sealed')
      as messages`);
  return row ?? {};
}

const reencryptAll = ({ gatehouse: { deps } }: TestGatehouse) => reencrypt({ ...deps, places: encryptedColumns });

describe.skipIf(postgresUnreachable)("a start", () => {
  test.each<[string, string]>([
    ["signing keys", "delete from session; delete from pgboss.job"],
    ["sessions", "delete from signing_key; delete from pgboss.job"],
    ["queued messages", "delete from signing_key; delete from session"],
  ])("fails without the key that sealed %s, and with another key of its version", async (place, leaveOnly) => {
    await using database = await createTestDatabase();
    {
      await using server = await start({ database, keys: firstKey });
      await sealEverything(server);
    }
    await database.query(leaveOnly);
    const lacking = start({ database, keys: secondKey });
    await expect(lacking).rejects.toMatchObject({
      name: "KeyError",
      message: expect.stringMatching(`^ENCRYPTION_KEYS has no version 1, which sealed ${place} of`),
    });
    const wrong = start({ database, keys: `${newKey(1)},${secondKey}` });
    await expect(wrong).rejects.toMatchObject({
      name: "KeyError",
      message: expect.stringMatching(`^The key of version 1 in ENCRYPTION_KEYS is not the one that sealed ${place} of`),
    });
    await using server = await start({ database, keys: `${secondKey},${firstKey}` });
    expect((await rest(server.url, "/health/ready")).status).toBe(200);
  });

  test("fails without the key of a registration that waits for its link", async () => {
    await using database = await createTestDatabase();
    const keys = firstKey;
    {
      const environment = { REGISTRATION_MODE: "verified", JOBS: "on" };
      await using server = await start({ database, keys, environment });
      const body = { email: "ada@example.com", password: "correct horse battery" };
      expect((await rest(server.url, "/v1/auth/register", { body })).status).toBe(202);
      await vi.waitFor(async () => expect((await versionsIn(database))["registrations"]).toEqual([1]), patience);
    }
    await database.query("delete from signing_key; delete from pgboss.job");
    await expect(start({ database, keys: secondKey })).rejects.toThrow("sealed pending registrations");
    await using server = await start({ database, keys: `${firstKey},${secondKey}` });
    expect((await reencryptAll(server)).resealed).toEqual(new Map([["pending registrations", 1]]));
    await server[Symbol.asyncDispose]();
    await using without = await start({ database, keys: secondKey });
    expect((await rest(without.url, "/health/ready")).status).toBe(200);
  });

  test("succeeds although a single value is damaged", async () => {
    await using database = await createTestDatabase();
    {
      await using server = await start({ database, keys: firstKey });
      await sealEverything(server);
      await sealEverything(server);
    }
    await database.query(
      `update session set refresh_key = refresh_key || '\\x00' where id = (select min(id) from session)`,
    );
    const bothKeys = `${firstKey},${secondKey}`;
    await using server = await start({ database, keys: bothKeys });
    const { resealed, unopened } = await reencryptAll(server);
    expect([resealed.get("sessions"), unopened.length]).toEqual([1, 1]);
    expect(unopened[0]?.message).toMatch(/version 1 .* does not open session:/);
  });
});

describe.skipIf(postgresUnreachable)("a new encryption key", () => {
  test("re-encrypts everything by a job, after which the old key can be dropped and sessions go on", async () => {
    await using database = await createTestDatabase();
    let refreshToken: string;
    {
      await using server = await start({ database, keys: firstKey });
      ({ refreshToken } = await sealEverything(server));
    }
    expect(await versionsIn(database)).toMatchObject({ keys: [1], sessions: [1], messages: [1] });
    const keys = `${secondKey},${firstKey}`;
    {
      // Several start and ask for it, and nobody does it yet.
      await using _first = await start({ database, keys });
      await using _second = await start({ database, keys });
      expect(await database.query("select 1 from pgboss.job where name = 'reencrypt'")).toHaveLength(1);
    }
    const log: string[] = [];
    {
      // Without its mails being sent: they are sealed anew like all the rest.
      await database.query("update pgboss.job set start_after = now() + interval '1 day' where data ? 'sealed'");
      await using _server = await start({
        database,
        keys,
        environment: { JOBS: "on" },
        onLog: (line) => log.push(line),
      });
      const sealedAnew = { keys: [2], sessions: [2], messages: [2] };
      await vi.waitFor(async () => expect(await versionsIn(database)).toMatchObject(sealedAnew), patience);
      await vi.waitFor(() => expect(log.join("")).toContain("may be dropped"), patience);
    }
    expect(log.find((line) => line.includes("may be dropped"))).toContain('"versions":[1]');
    await using without = await start({ database, keys: secondKey });
    const { status, body } = await refresh(without, refreshToken);
    expect(status).toBe(200);
    expect((await rest(without.url, "/v1/users/me", { token: body.session.accessToken })).status).toBe(200);
  });

  test("ends no session that several calls refresh while its key is re-encrypted", async () => {
    await using database = await createTestDatabase();
    const users = 30;
    let tokens: string[];
    {
      await using server = await start({ database, keys: firstKey });
      const accounts = await Promise.all(Array.from({ length: users }, () => registerAccount(server.url)));
      tokens = accounts.map(({ refreshToken }) => refreshToken);
    }
    {
      const keys = `${secondKey},${firstKey}`;
      await using first = await start({ database, keys });
      await using second = await start({ database, keys });
      let isDone = false;
      const refreshing = tokens.map(async (_token, index) => {
        const server = index % 2 === 0 ? first : second;
        do {
          const { status, body } = await refresh(server, tokens[index] ?? "");
          expect(status).toBe(200);
          tokens[index] = body.session.refreshToken;
        } while (!isDone);
      });
      const sealing = Promise.all([reencryptAll(first), reencryptAll(second), reencryptAll(first)]);
      const results = await sealing.finally(() => {
        isDone = true;
      });
      await Promise.all(refreshing);
      expect(results.flatMap(({ unopened }) => unopened)).toEqual([]);
      expect(await versionsIn(database)).toMatchObject({ keys: [2], sessions: [2] });
    }
    await using without = await start({ database, keys: secondKey });
    for (const token of tokens) expect((await refresh(without, token)).status).toBe(200);
  });

  test("can be handed out before it encrypts, so that servers without it go on", async () => {
    await using database = await createTestDatabase();
    await using old = await start({ database, keys: firstKey });
    const environment = { ENCRYPTION_KEY_VERSION: "1" };
    await using prepared = await start({ database, keys: `${firstKey},${secondKey}`, environment });
    const { refreshToken } = await registerAccount(prepared.url);
    expect((await refresh(old, refreshToken)).status).toBe(200);
    expect(await versionsIn(database)).toMatchObject({ sessions: [1] });
    await using switched = await start({ database, keys: `${firstKey},${secondKey}` });
    const { refreshToken: later } = await registerAccount(switched.url);
    expect((await refresh(prepared, later)).status).toBe(200);
    expect(await versionsIn(database)).toMatchObject({ sessions: [1, 2] });
  });

  test("that a server lacks keeps it from the next signing key: it signs with the former one until that expires", async () => {
    await using database = await createTestDatabase();
    const environment = { JOBS: "off", SIGNING_KEY_LEAD_SECONDS: "600" };
    await using without = await startGatehouse({
      database,
      environment: { ...environment, ENCRYPTION_KEYS: firstKey },
    });
    const { deps } = without.gatehouse;
    const keyRing = new KeyRing(
      loadConfig({ NODE_ENV: "test", ENCRYPTION_KEYS: `${firstKey},${secondKey}` }).encryptionKeys,
      deps.random,
    );
    await rotateSigningKey({ ...deps, keyRing });
    await deps.signingKeys.reload();
    without.clock.advance(600 + 3960 - 1);
    const { accessToken } = await registerAccount(without.url);
    expect((await rest(without.url, "/v1/users/me", { token: accessToken })).status).toBe(200);
    without.clock.advance(1);
    const body = { email: "ada@example.com", password: "correct horse battery" };
    expect((await rest(without.url, "/v1/auth/register", { body })).status).toBe(500);
  });

  test("continues an interrupted re-encryption", async () => {
    await using database = await createTestDatabase();
    {
      await using server = await start({ database, keys: firstKey });
      for (let user = 0; user < 3; user++) await registerAccount(server.url);
    }
    await using server = await start({ database, keys: `${firstKey},${secondKey}` });
    const { deps } = server.gatehouse;
    const controller = new AbortController();
    const interrupting = encryptedColumns.map((place) => ({
      ...place,
      list: (...[db, query]: Parameters<typeof place.list>) => place.list(db, { ...query, limit: 1 }),
      replace: async (...args: Parameters<typeof place.replace>) => {
        const count = await place.replace(...args);
        if (place.name === "sessions") controller.abort();
        return count;
      },
    }));
    await expect(reencrypt({ ...deps, places: interrupting, signal: controller.signal })).rejects.toThrow();
    expect(await versionsIn(database)).toMatchObject({ keys: [2], sessions: [1, 2] });
    expect((await reencryptAll(server)).resealed.get("sessions")).toBe(2);
    expect((await reencryptAll(server)).resealed).toEqual(new Map());
  });
});

test("re-encrypts everything on the embedded database too", async () => {
  await using server = await startGatehouse({
    embedded: true,
    environment: { ENCRYPTION_KEYS: `${firstKey},${secondKey}`, ENCRYPTION_KEY_VERSION: "1" },
  });
  await registerAccount(server.url);
  const { deps } = server.gatehouse;
  const keyRing = new KeyRing(deps.config.encryptionKeys, deps.random);
  const { resealed } = await reencrypt({ ...deps, keyRing, places: encryptedColumns });
  expect([resealed.get("signing keys"), resealed.get("sessions")]).toEqual([1, 1]);
});
