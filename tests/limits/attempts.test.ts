import { expect, test, vi } from "vitest";
import { attempt, type Budget } from "../../packages/server/src/limits/index.ts";
import { startGatehouse } from "../support/gatehouse.ts";

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

test("of 100 attempts at once no more are looked at than may fail: what is refused costs nothing", async () => {
  await using server = await startGatehouse();
  const prove = vi.fn(async () => false);
  const made = Array.from({ length: 100 }, () => attempt(server.gatehouse.deps, counts("ada"), prove));
  const outcomes = await Promise.allSettled(made);
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  expect(prove).toHaveBeenCalledTimes(3);
});

test("an attempt that could not be made does not count", async () => {
  await using server = await startGatehouse();
  const { deps } = server.gatehouse;
  const fail = async () => Promise.reject(new Error("no hash to be had"));
  for (let count = 0; count < 10; count++) {
    await expect(attempt(deps, counts("ada"), fail)).rejects.toThrow("no hash to be had");
  }
  expect(await attempt(deps, counts("ada"), async () => false)).toBe(false);
});

test("a success starts the account's own count again, and leaves the failures of the address", async () => {
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
