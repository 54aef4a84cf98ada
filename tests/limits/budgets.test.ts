import { describe, expect, test } from "vitest";
import { type Budget, budgets } from "../../packages/server/src/limits/budget.ts";
import { consume, tryConsume } from "../../packages/server/src/limits/consume.ts";
import { startGatehouse } from "../support/gatehouse.ts";

const day = 24 * 60 * 60;

describe("a budget", () => {
  test("is used up after its number, until its window is over", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_SMS_PER_NUMBER_PER_DAY: "2" } });
    const { deps } = server.gatehouse;
    const send = () => consume(deps, [{ budget: budgets.smsPerNumberPerDay, key: "+34600000001" }]);
    await send();
    await send();
    await expect(send()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS", retryAfterSeconds: day });
    await consume(deps, [{ budget: budgets.smsPerNumberPerDay, key: "+34600000002" }]);
    server.clock.advance(day);
    await send();
  });

  test.each([
    ["mailPerUserPerDay", "LIMIT_MAILS_PER_USER_PER_DAY", "1", "1", "2"],
    ["mailPerIpPerHour", "LIMIT_MAILS_PER_IP_PER_HOUR", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"],
    [
      "securityMailPerUserPerDay",
      "LIMIT_SECURITY_MAILS_PER_USER_PER_DAY",
      "1 new-sign-in",
      "1 new-sign-in",
      "2 new-sign-in",
    ],
    ["smsPerNumberPerDay", "LIMIT_SMS_PER_NUMBER_PER_DAY", "+34600000001", "+34600000001", "+34600000002"],
    ["smsPerPrefixPerDay", "LIMIT_SMS_PER_PREFIX_PER_DAY", "+34600000001", "+34600009999", "+34600010001"],
    ["smsPerUserPerDay", "LIMIT_SMS_PER_USER_PER_DAY", "1", "1", "2"],
    ["smsPerIpPerDay", "LIMIT_SMS_PER_IP_PER_DAY", "203.0.113.1", "::ffff:203.0.113.1", "203.0.113.2"],
  ] as const)("%s is set by %s and counts %s as %s, and not as %s", async (name, variable, key, same, other) => {
    await using server = await startGatehouse({ environment: { [variable]: "1" } });
    const { deps } = server.gatehouse;
    const budget = budgets[name];
    expect(await tryConsume(deps, [{ budget, key }])).toBe(true);
    expect(await tryConsume(deps, [{ budget, key: same }])).toBe(false);
    expect(await tryConsume(deps, [{ budget, key: other }])).toBe(true);
  });

  test("stays as it was when another one of the call is used up", async () => {
    await using server = await startGatehouse();
    const { deps } = server.gatehouse;
    const one: Budget = { name: "test.one", per: "user", max: 1, windowSeconds: day };
    const two: Budget = { name: "test.two", per: "user", max: 2, windowSeconds: 2 * day };
    const limitKeys = [one, two].map((budget) => ({ budget, key: "ada" }));
    await consume(deps, limitKeys);
    await expect(consume(deps, limitKeys)).rejects.toMatchObject({ retryAfterSeconds: day });
    await consume(deps, [{ budget: two, key: "ada" }]);
    await expect(consume(deps, limitKeys)).rejects.toMatchObject({ retryAfterSeconds: 2 * day });
  });

  test("stays as it was when another one of the call, in another store, is used up", async () => {
    await using server = await startGatehouse();
    const { deps } = server.gatehouse;
    const shared: Budget = { name: "test.shared", per: "user", max: 1, windowSeconds: day };
    const own: Budget = { name: "test.own", per: "user", max: 2, windowSeconds: 2 * day, scope: "instance" };
    const limitKeys = [shared, own].map((budget) => ({ budget, key: "ada" }));
    await consume(deps, limitKeys);
    await expect(consume(deps, limitKeys)).rejects.toMatchObject({ retryAfterSeconds: day });
    await consume(deps, [{ budget: own, key: "ada" }]);
    await expect(consume(deps, limitKeys)).rejects.toMatchObject({ retryAfterSeconds: 2 * day });
  });
});
