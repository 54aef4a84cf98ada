import { describe, expect, test, vi } from "vitest";
import { attempt } from "../../packages/server/src/limits/attempt.ts";
import type { Budget } from "../../packages/server/src/limits/budget.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { patience } from "../support/patience.ts";

const hour = 60 * 60;
const perAccount: Budget = {
  name: "test.account",
  per: "account",
  max: 3,
  windowSeconds: hour,
  maxDelaySeconds: () => 10,
};
const perIp: Budget = { ...perAccount, name: "test.ip", per: "ip", max: 5 };

const counts = (account: string) => ({
  own: [{ budget: perAccount, key: account }],
  others: [{ budget: perIp, key: "203.0.113.1" }],
});

test("only as many of 100 attempts at once are checked as may fail, and refused ones cost nothing", async () => {
  await using server = await startGatehouse();
  const prove = vi.fn(async () => false);
  const made = Array.from({ length: 100 }, () => attempt(server.gatehouse.deps, counts("ada"), prove));
  const outcomes = await Promise.allSettled(made);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  expect(prove).toHaveBeenCalledTimes(3);
});

test("an attempt that could not be made is not counted", async () => {
  await using server = await startGatehouse();
  const { deps } = server.gatehouse;
  const fail = async () => Promise.reject(new Error("no hash to be had"));
  for (let count = 0; count < 10; count++) {
    await expect(attempt(deps, counts("ada"), fail)).rejects.toThrow("no hash to be had");
  }
  expect(await attempt(deps, counts("ada"), async () => false)).toBe(false);
});

test("a success resets the account's count, and keeps the failures of the address", async () => {
  await using server = await startGatehouse();
  const { deps } = server.gatehouse;
  const guess = (account: string) => attempt(deps, counts(account), async () => false);
  await guess("ada");
  await guess("ada");
  expect(await attempt(deps, counts("ada"), async () => true)).toBe(true);
  await guess("ada");
  await guess("ada");
  // An account of one's own does not wipe out four failures: the next is the fifth.
  expect(await attempt(deps, counts("mallory"), async () => true)).toBe(true);
  await guess("grace");
  await expect(guess("somebody else")).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: 1 });
});

describe("attempts at once, more than may fail,", () => {
  /** Attempts that end when the test says how. */
  function startAttempts(server: TestGatehouse, count: number, account = "ada") {
    const open: ((isRight: boolean) => void)[] = [];
    const prove = vi.fn(() => new Promise<boolean>((resolve) => void open.push(resolve)));
    const made = Array.from({ length: count }, () => attempt(server.gatehouse.deps, counts(account), prove));
    const outcomes = Promise.allSettled(made);
    const endNext = async (isRight: boolean) => {
      const end = await vi.waitFor(() => open.shift() ?? expect.fail("none is being made"), patience);
      end(isRight);
    };
    return { prove, outcomes, endNext };
  }

  test("all run when they wait for successful ones", async () => {
    await using server = await startGatehouse();
    const { prove, outcomes, endNext } = startAttempts(server, 12);
    for (let ended = 0; ended < 12; ended++) await endNext(true);
    expect((await outcomes).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => "fulfilled"));
    expect(prove).toHaveBeenCalledTimes(12);
  });

  test("all run when they belong to many accounts and wait at their address", async () => {
    await using server = await startGatehouse();
    const attempts = Array.from({ length: 12 }, (_, index) => startAttempts(server, 1, `account ${index}`));
    for (const { endNext } of attempts) void endNext(true);
    const outcomes = (await Promise.all(attempts.map(({ outcomes }) => outcomes))).flat();
    expect(outcomes).toEqual(attempts.map(() => ({ status: "fulfilled", value: true })));
  });

  test("run one more after each success, and are refused when the others fail", async () => {
    await using server = await startGatehouse();
    const { prove, outcomes, endNext } = startAttempts(server, 20);
    await endNext(true);
    for (let ended = 0; ended < 5; ended++) await endNext(false);
    const refused = (await outcomes).filter(({ status }) => status === "rejected");
    // The right one among the first three started their count again; the address holds five.
    expect(prove.mock.calls.length).toBeLessThanOrEqual(6);
    expect(refused).toHaveLength(20 - prove.mock.calls.length);
  });
});
