import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type RestResponse, registerAccount, rest } from "../support/rest.ts";

const attempts = 25;

/** Two medians of one machine that hashes may differ by this factor; without a hash they differ by far more. */
const tolerance = 3;

/** The cost that an installation has, not that of the tests, so that a hash that is left out shows. */
const realHashing = { PASSWORD_HASH_MEMORY_KIB: "19456", PASSWORD_HASH_PASSES: "4" };

const login = ({ url }: TestGatehouse, identifier: string, password: string) =>
  rest(url, "/v1/auth/login", { body: { identifier, password } });

/** An answer without what is new in each. */
function comparable({ status, headers, body }: RestResponse) {
  const { requestId, ...problem } = body;
  expect(requestId).toBe(headers.get("x-request-id"));
  const names = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status, headers: names, problem };
}

async function millisOf(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

describe("row 20: a login does not tell whether an account exists", () => {
  test("by its answer: it is the same to the letter for an unknown address and for a wrong password", async () => {
    await using server = await startGatehouse();
    const { email } = await registerAccount(server.url, { username: "ada" });
    const wrong = comparable(await login(server, email, "wrong password"));
    expect(wrong).toMatchObject({ status: 401, problem: { code: "INVALID_CREDENTIALS" } });
    for (const identifier of ["nobody@example.com", "nobody", "ada", "Ａda", "@", "x@y", "ada\u200b", "-"]) {
      expect(comparable(await login(server, identifier, "wrong password"))).toEqual(wrong);
    }
  });

  test("by the state of the account: one that is disabled, deleted or without a password answers alike", async () => {
    await using server = await startGatehouse();
    const wrong = comparable(await login(server, "nobody@example.com", "wrong password"));
    const disabled = await registerAccount(server.url);
    const deleted = await registerAccount(server.url);
    const passwordless = await registerAccount(server.url);
    const { query } = server.database ?? { query: async () => [] };
    await query(`update "user" set status = 'disabled' where public_id = $1`, [disabled.userId]);
    await query(`update "user" set deleted_at = now() where public_id = $1`, [deleted.userId]);
    await query(`delete from password where user_id = (select id from "user" where public_id = $1)`, [
      passwordless.userId,
    ]);
    for (const { email } of [disabled, deleted, passwordless]) {
      expect(comparable(await login(server, email, "wrong password"))).toEqual(wrong);
    }
  });

  test("by its time: a wrong password and an unknown address take as long", async () => {
    await using server = await startGatehouse({ environment: realHashing });
    const { email } = await registerAccount(server.url);
    const known: number[] = [];
    const unknown: number[] = [];
    for (let attempt = 0; attempt < attempts; attempt++) {
      known.push(await millisOf(() => login(server, email, "wrong password")));
      unknown.push(await millisOf(() => login(server, `nobody-${attempt}@example.com`, "wrong password")));
    }
    const ratio = median(known) / median(unknown);
    expect(ratio).toBeLessThan(tolerance);
    expect(1 / ratio).toBeLessThan(tolerance);
  });
});
