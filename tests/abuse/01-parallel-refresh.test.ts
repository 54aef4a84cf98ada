import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startServerProcess } from "../support/server-process.ts";

const parallel = 1000;

type Answer = Awaited<ReturnType<typeof rest>>;

/** A machine that is too slow for so many at once says so with 503, and a client tries again: no answer is no refusal. */
async function refreshUntilAnswered(url: string, refreshToken: string): Promise<Answer> {
  for (;;) {
    const answer = await rest(url, "/v1/auth/refresh", { body: { refreshToken } });
    if (answer.status !== 503) return answer;
  }
}

describe.skipIf(postgresUnreachable)("row 1: parallel refreshes of one token (Keycloak CVE-2026-1035)", () => {
  test(`${parallel} of them over two server processes give exactly one successor, and the session lives`, async () => {
    await using database = await createTestDatabase();
    const environment = {
      DATABASE_URL: database.url,
      ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
      // However slow the machine, the last of them is presented within it.
      REFRESH_GRACE_SECONDS: "600",
    };
    await using first = await startServerProcess(environment);
    await using second = await startServerProcess({ ...environment, PUBLIC_URL: first.url });
    const { refreshToken } = await registerAccount(first.url);
    const answers = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        refreshUntilAnswered(index % 2 === 0 ? first.url : second.url, refreshToken),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map(({ body }) => body.session.refreshToken));
    expect(successors.size).toBe(1);
    const [session] = await database.query("select refresh_counter, revoked_at from session");
    expect(session).toEqual({ refresh_counter: 1, revoked_at: null });
    const [successor] = successors;
    expect((await rest(second.url, "/v1/auth/refresh", { body: { refreshToken: successor } })).status).toBe(200);
  });
});
