import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { countStatuses, login } from "../support/logins.ts";
import { registerAccount } from "../support/rest.ts";

/** Two servers on one database, which count together. */
async function startTwo(environment: Readonly<Record<string, string>>) {
  const first = await startGatehouse({ environment });
  if (first.database === undefined) throw new Error("two servers need a PostgreSQL");
  const second = await startGatehouse({ environment, database: first.database, clock: first.clock });
  return {
    urls: [first.url, second.url] as const,
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
    },
  };
}

/** So many wrong passwords at the same time, half of them to each server. */
async function guessAtOnce(urls: readonly [string, string], count: number, identifierOf: (guess: number) => string) {
  return await Promise.all(
    Array.from({ length: count }, (_, guess) =>
      login(guess % 2 === 0 ? urls[0] : urls[1], { identifier: identifierOf(guess), password: `guess ${guess}` }),
    ),
  );
}

describe.skipIf(postgresUnreachable)("row 12: guesses that race for the limit (CVE-2026-110861)", () => {
  test("of 100 at once at one account, only as many are checked as may fail", async () => {
    await using servers = await startTwo({ LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5" });
    const { email } = await registerAccount(servers.urls[0]);
    const answers = await guessAtOnce(servers.urls, 100, () => email);
    expect(countStatuses(answers)).toEqual({ 401: 5, 429: 95 });
  });

  test("of 100 at once from one address at 100 accounts, only as many are checked as the address may make", async () => {
    await using servers = await startTwo({ LIMIT_LOGINS_PER_IP_PER_MINUTE: "10" });
    const answers = await guessAtOnce(servers.urls, 100, (guess) => `somebody-${guess}@example.com`);
    expect(countStatuses(answers)).toEqual({ 401: 10, 429: 90 });
  });

  test("of 100 at once from one address at 100 accounts, only as many are checked as may fail", async () => {
    await using servers = await startTwo({ LIMIT_LOGIN_FAILURES_PER_IP: "7" });
    const answers = await guessAtOnce(servers.urls, 100, (guess) => `somebody-${guess}@example.com`);
    expect(countStatuses(answers)).toEqual({ 401: 7, 429: 93 });
  });

  test("a dozen right passwords at once all succeed under the default limits", async () => {
    const environment = { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5", LIMIT_LOGIN_FAILURES_PER_IP: "50" };
    await using server = await startGatehouse({ environment });
    const { email: identifier, password } = await registerAccount(server.url);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(server.url, { identifier, password })));
    expect(countStatuses(answers)).toEqual({ 200: 12 });
  });

  test("guesses that race with right passwords are limited as well", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5" } });
    const { email: identifier, password } = await registerAccount(server.url);
    const presented = Array.from({ length: 100 }, (_, index) => (index === 0 ? password : `guess ${index}`));
    const answers = await Promise.all(presented.map((text) => login(server.url, { identifier, password: text })));
    // The owner's success starts the count again, once.
    expect(countStatuses(answers)[401]).toBeLessThanOrEqual(5 + 4);
  });
});
