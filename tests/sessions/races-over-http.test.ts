import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { login } from "../support/logins.ts";
import { type Account, type RestResponse, registerAccount, rest } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";
import { call, type Moment, refresh, type Step, Tabs, type Tokens } from "./tabs.ts";

const rounds = 60;
const minute = 60_000;

const anyStep: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom("refresh", "refresh, and its answer is lost", "call"),
  on: fc.constantFrom(0, 1),
});

const anyMoment: fc.Arbitrary<Moment> = fc.record({
  isBehind: fc.boolean(),
  steps: fc.array(anyStep, { minLength: 2, maxLength: 6 }),
});

interface Ended {
  readonly url: string;
  readonly id: string;
  readonly tabs: Tabs;
  /** Another session of the user. */
  readonly account: Account;
}

const ends: Readonly<Record<"logout" | "revocation" | "reuse", (ended: Ended) => Promise<RestResponse>>> = {
  logout: ({ url, tabs }) => rest(url, "/v1/auth/logout", { method: "POST", token: tabs.newest.accessToken }),
  revocation: ({ url, id, account }) =>
    rest(url, `/v1/auth/sessions/${id}`, { method: "DELETE", token: account.accessToken }),
  async reuse({ url, tabs }) {
    const answer = await refresh(url, tabs.at(0));
    expect(answer.body.code).toBe("REFRESH_TOKEN_REUSED");
    return answer;
  },
};

const oneTab = (on: 0 | 1): Moment => ({ isBehind: false, steps: [{ does: "refresh", on }] });

/** Ends the session while tabs of both processes refresh; expects that whatever they got works no more. */
async function endInRace(urls: readonly string[], ended: Ended, end: keyof typeof ends): Promise<void> {
  const { url, tabs } = ended;
  const [, ...raced] = await Promise.all([ends[end](ended), ...urls.map((each) => refresh(each, tabs.newest))]);
  for (const answer of raced) {
    if (answer.status === 200) tabs.expectSuccessor(answer);
    else expect(answer.body.code).toBe("REFRESH_TOKEN_INVALID");
  }
  for (const tokens of tabs.issued) {
    // Where it ended, at once; for a refresh, everywhere.
    expect((await call(url, tokens)).body.code).toBe("ACCESS_TOKEN_INVALID");
    for (const each of urls) expect((await refresh(each, tokens)).body.code).toBe("REFRESH_TOKEN_INVALID");
  }
}

const environment = {
  ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
  PUBLIC_URL: "http://gatehouse.test",
  PASSWORD_HASH_MEMORY_KIB: "8192",
  PASSWORD_HASH_PASSES: "1",
  // The attempt keys alone keep the tabs signed in, however slow the machine.
  REFRESH_GRACE_SECONDS: "0",
};

const anyRound = [
  fc.array(anyMoment, { minLength: 1, maxLength: 4 }),
  fc.constantFrom("logout", "revocation", "reuse", undefined),
  fc.constantFrom(0, 1),
] as const;

describe.skipIf(postgresUnreachable)(`tabs of a session on two processes, in ${rounds} rounds of races`, () => {
  test("never log each other out, and have no token that works after the session has ended", {
    timeout: 10 * minute,
  }, async () => {
    await using database = await createTestDatabase();
    await using first = await startServerProcess({ ...environment, DATABASE_URL: database.url });
    await using second = await startServerProcess({ ...environment, DATABASE_URL: database.url });
    const urls = [first.url, second.url] as const;
    const account = await registerAccount(first.url);
    const dead: Tokens[] = [];
    const property = fc.asyncProperty(...anyRound, async (moments, end, on) => {
      const url = urls[on];
      const { session } = (await login(url, { identifier: account.email, password: account.password })).body;
      const tabs = new Tabs(urls, session);
      for (const moment of moments) await tabs.live(moment);
      // A token is reused once two more were issued.
      if (end === "reuse") for (const moment of [oneTab(on), oneTab(on)]) await tabs.live(moment);
      if (end === undefined) await tabs.live(oneTab(on));
      else await endInRace(urls, { url, id: session.id, tabs, account }, end).then(() => dead.push(...tabs.issued));
    });
    // What happens at once differs from run to run, so nothing is gained by looking for a shorter round.
    await fc.assert(property, { numRuns: rounds, endOnFailure: true });
    const endedAt = performance.now();
    while (performance.now() <= endedAt + 1000) await call(second.url, account);
    for (const url of urls) {
      expect((await call(url, account)).status).toBe(200);
      for (const tokens of dead) expect((await call(url, tokens)).status).toBe(401);
    }
  });
});
