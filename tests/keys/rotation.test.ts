import { decodeProtectedHeader } from "jose";
import { describe, expect, test, vi } from "vitest";
import { rotateSigningKeyWhenDue } from "../../packages/server/src/auth/signing-key/job.ts";
import { replaceSigningKeys, rotateSigningKey } from "../../packages/server/src/auth/signing-key/service.ts";
import { addSeconds } from "../../packages/server/src/clock.ts";
import { deleteExpiredRows } from "../../packages/server/src/purge-expired.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { type Pair, startPair } from "./pair.ts";

const day = 24 * 60 * 60;

/** The ids of the keys that the server publishes. */
async function publishedBy({ url }: TestGatehouse): Promise<readonly string[]> {
  const { body } = await rest(url, "/.well-known/jwks.json");
  return body.keys.map(({ kid }: { kid: string }) => kid);
}

const statusOf = async ({ url }: TestGatehouse, token: string) => (await rest(url, "/v1/users/me", { token })).status;

const keyOf = (token: string) => decodeProtectedHeader(token).kid ?? "";

const runCleaning = ({ gatehouse: { deps } }: TestGatehouse) =>
  deleteExpiredRows(deps, {}, { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal });

test.each([["PostgreSQL"], ["the embedded database"]])(
  "on %s a key is published before it signs and until its last token has expired",
  async (where) => {
    await using server = await startGatehouse({
      embedded: where !== "PostgreSQL",
      environment: { SIGNING_KEY_ROTATION_DAYS: "30", SIGNING_KEY_LEAD_SECONDS: "600" },
    });
    const { clock, gatehouse } = server;
    const sign = await startRefresher(server);
    const first = keyOf(await sign());
    clock.advance(30 * day - 601);
    await rotateSigningKeyWhenDue(gatehouse.deps);
    expect(await publishedBy(server)).toEqual([first]);

    clock.advance(1);
    await rotateSigningKeyWhenDue(gatehouse.deps);
    await rotateSigningKeyWhenDue(gatehouse.deps);
    const [, second = "", ...others] = await publishedBy(server);
    expect(others).toEqual([]);
    clock.advance(599);
    expect(keyOf(await sign())).toBe(first);
    const last = await sign();
    clock.advance(1);
    expect(keyOf(await sign())).toBe(second);
    expect(await statusOf(server, last)).toBe(200);

    clock.advance(898);
    expect(await statusOf(server, last)).toBe(200);
    clock.advance(1);
    expect(await statusOf(server, last)).toBe(401);
    // A server beside this one may let its tokens live for an hour, and somebody may have kept the keys.
    clock.advance(3600 + 300 - 899);
    await runCleaning(server);
    expect(await publishedBy(server)).toEqual([first, second]);
    clock.advance(60);
    expect(await publishedBy(server)).toEqual([second]);
    clock.advance(1);
    await runCleaning(server);
    const rows = await gatehouse.deps.db.selectFrom("signing_key").select("id").execute();
    expect(rows).toEqual([{ id: second }]);
  },
);

test("with SIGNING_KEY_ROTATION_DAYS=0 a key signs until somebody rotates it", async () => {
  await using server = await startGatehouse({ environment: { SIGNING_KEY_ROTATION_DAYS: "0" } });
  const { deps } = server.gatehouse;
  server.clock.advance(4000 * day);
  await rotateSigningKeyWhenDue(deps);
  expect(await publishedBy(server)).toHaveLength(1);
  await rotateSigningKey(deps);
  await deps.signingKeys.reload();
  expect(await publishedBy(server)).toHaveLength(2);
});

interface SignedToken {
  readonly token: string;
  readonly signedAt: Date;
}

/** Gets one access token after the other from a server, by refreshing a session. */
async function startRefresher({ url }: TestGatehouse): Promise<() => Promise<string>> {
  let { refreshToken } = await registerAccount(url);
  return async () => {
    const { body } = await rest(url, "/v1/auth/refresh", { body: { refreshToken } });
    refreshToken = body.session.refreshToken;
    return body.session.accessToken;
  };
}

/** The second server is not told, but hears of it. */
async function rotateOnBoth({ first, second }: Pair): Promise<void> {
  await rotateSigningKey(first.gatehouse.deps);
  for (const server of [first, second]) {
    await vi.waitFor(async () => expect(await publishedBy(server)).toHaveLength(2), patience);
  }
}

/** Notes of each key when it was published first. */
async function noteWhenPublished(server: TestGatehouse, seen = new Map<string, Date>()): Promise<void> {
  for (const id of await publishedBy(server)) seen.set(id, seen.get(id) ?? server.clock.now());
}

async function expectAcceptedUntilExpiry(server: TestGatehouse, tokens: readonly SignedToken[]): Promise<void> {
  const now = server.clock.now();
  const expected = tokens.map(({ signedAt }) => (now < addSeconds(signedAt, 900) ? 200 : 401));
  expect(await Promise.all(tokens.map(({ token }) => statusOf(server, token)))).toEqual(expected);
}

describe.skipIf(postgresUnreachable)("on several servers", () => {
  test("every server accepts every token until it expires, and no key signs before it is published", async () => {
    await using pair = await startPair({ SIGNING_KEY_LEAD_SECONDS: "600" });
    const { servers, clock } = pair;
    const refreshers = await Promise.all(servers.map(startRefresher));
    const seen = servers.map(() => new Map<string, Date>());
    const tokens: SignedToken[] = [];
    for (let elapsedSeconds = 0; elapsedSeconds <= 1800; elapsedSeconds += 60) {
      if (elapsedSeconds === 300) await rotateOnBoth(pair);
      await Promise.all(servers.map((server, index) => noteWhenPublished(server, seen[index])));
      for (const sign of refreshers) tokens.push({ token: await sign(), signedAt: clock.now() });
      for (const server of servers) await expectAcceptedUntilExpiry(server, tokens);
      clock.advance(60);
    }
    const [first, second, ...others] = new Set(tokens.map(({ token }) => keyOf(token)));
    expect([first, others]).toEqual([expect.any(String), []]);
    const firstSigned = tokens.find(({ token }) => keyOf(token) === second)?.signedAt;
    for (const times of seen) expect(addSeconds(times.get(second ?? "") ?? clock.now(), 600)).toEqual(firstSigned);
  });

  test("simultaneous rotations by operators and schedules make one key", async () => {
    await using pair = await startPair({ SIGNING_KEY_ROTATION_DAYS: "1", SIGNING_KEY_LEAD_SECONDS: "600" });
    pair.clock.advance(2 * day);
    const deps = pair.servers.map(({ gatehouse }) => gatehouse.deps);
    const rotations = Array.from({ length: 10 }).flatMap(() =>
      deps.flatMap((one) => [rotateSigningKey(one), rotateSigningKeyWhenDue(one)]),
    );
    const settled = await Promise.all(rotations);
    const published = settled.filter((next) => next !== undefined);
    expect(new Set(published.map(({ id }) => id)).size).toBe(1);
    expect(published.filter(({ isNew }) => isNew).length).toBeLessThanOrEqual(1);
    expect(await pair.database.query("select id from signing_key")).toHaveLength(2);
  });

  test("servers that start together on an empty database have one key", async () => {
    await using database = await createTestDatabase();
    const starting = Array.from({ length: 3 }, () => startGatehouse({ database }));
    await using stack = new AsyncDisposableStack();
    const servers = (await Promise.all(starting)).map((server) => stack.use(server));
    const published = await Promise.all(servers.map(publishedBy));
    expect(new Set(published.flat()).size).toBe(1);
  });

  test("a key that replaces all others counts at once, also when no notification arrives", async () => {
    await using pair = await startPair();
    const { first, second } = pair;
    for (let round = 0; round < 3; round++) {
      const { accessToken } = await registerAccount(first.url);
      for (const server of pair.servers) expect(await statusOf(server, accessToken)).toBe(200);
      const { id } = await replaceSigningKeys(first.gatehouse.deps);
      await first.gatehouse.deps.signingKeys.reload();
      const { accessToken: fresh } = await registerAccount(first.url);
      expect(keyOf(fresh)).toBe(id);
      // By the time that this is answered, the other server has looked who signs such tokens.
      expect(await statusOf(second, fresh)).toBe(200);
      for (const server of pair.servers) {
        expect(await publishedBy(server)).toEqual([id]);
        expect(await statusOf(server, accessToken)).toBe(401);
      }
    }
  });

  test("a remembered token ends with its key, without another key being looked up", async () => {
    await using pair = await startPair();
    const { accessToken } = await registerAccount(pair.first.url);
    expect(await statusOf(pair.second, accessToken)).toBe(200);
    await replaceSigningKeys(pair.first.gatehouse.deps);
    while ((await statusOf(pair.second, accessToken)) !== 401);
  });

  test("sessions go on when all keys are replaced: a refresh brings a token of the new one", async () => {
    await using pair = await startPair();
    const { refreshToken } = await registerAccount(pair.first.url);
    const { id } = await replaceSigningKeys(pair.first.gatehouse.deps);
    await pair.second.gatehouse.deps.signingKeys.reload();
    const { body } = await rest(pair.second.url, "/v1/auth/refresh", { body: { refreshToken } });
    expect(keyOf(body.session.accessToken)).toBe(id);
    expect(await statusOf(pair.first, body.session.accessToken)).toBe(200);
  });
});
