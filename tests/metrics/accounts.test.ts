import { describe, expect, test } from "vitest";
import { countDays } from "../support/account-days.ts";
import { giveRoles, registerProvenAdmin, registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse();

const read = (token: string, query: Readonly<Record<string, string>> = {}) =>
  rest(server().url, `/v1/metrics/accounts?${new URLSearchParams(query)}`, { token });

describe("the numbers of a dashboard", () => {
  test("are those of the last 30 days, with a row for each day", async () => {
    const { accessToken } = await registerWithRoles(server());
    const { status, body } = await read(accessToken);
    expect(status).toBe(200);
    const today = server().clock.now();
    const dates = Array.from({ length: 30 }, (_, index) =>
      new Date(today.getTime() - (29 - index) * 24 * 3600 * 1000).toISOString().slice(0, 10),
    );
    expect(body.days.map(({ date }: { date: string }) => date)).toEqual(dates);
    expect(body.days[0]).toEqual({ date: dates[0], signUps: 0, signIns: 0, activeUsers: 0 });
  });

  test("have who signed up as soon as the job has counted", async () => {
    const { accessToken } = await registerWithRoles(server());
    const today = async () => (await read(accessToken)).body.days.at(-1);
    await countDays(server());
    const before = await today();
    await registerWithRoles(server());
    expect(await today()).toEqual(before);
    await countDays(server());
    const { date, signUps, signIns, activeUsers } = before;
    const more = { signUps: signUps + 1, signIns: signIns + 1, activeUsers: activeUsers + 1 };
    expect(await today()).toEqual({ date, ...more });
  });

  test("are those of the wanted days, also of days that have not come", async () => {
    const { accessToken } = await registerWithRoles(server());
    const zeros = { signUps: 0, signIns: 0, activeUsers: 0 };
    expect((await read(accessToken, { from: "2024-02-28", to: "2024-03-01" })).body).toEqual({
      days: ["2024-02-28", "2024-02-29", "2024-03-01"].map((date) => ({ date, ...zeros })),
    });
    expect((await read(accessToken, { from: "8999-12-31", to: "8999-12-31" })).body.days).toHaveLength(1);
    expect((await read(accessToken, { from: "2024-01-01", to: "2024-12-31" })).body.days).toHaveLength(366);
    const toTheDay = (await read(accessToken, { to: "2024-12-31" })).body.days;
    expect([toTheDay.length, toTheDay[0].date]).toEqual([30, "2024-12-02"]);
  });

  test.each([
    [{ from: "2024-01-02", to: "2024-01-01" }, "from", "Must not be after the last day"],
    [{ from: "2024-01-01", to: "2025-01-01" }, "from", "Must be at most 366 days up to the last day"],
    [{ from: "2000-01-01" }, "from", "Must be at most 366 days up to the last day"],
    [{ from: "9000-01-01" }, "from", "Must not be after the last day"],
    [{ to: "1899-12-31" }, "to", "Must be in the years 1900 to 9000"],
    [{ to: "9001-01-01" }, "to", "Must be in the years 1900 to 9000"],
    [{ from: "2024-02-30" }, "from", "Invalid ISO date"],
    [{ from: "2024-01-01T00:00:00Z" }, "from", "Invalid ISO date"],
    [{ from: "" }, "from", "Invalid ISO date"],
    [{ days: "3" }, "days", "Unknown field"],
  ])("of %j are refused", async (query, path, message) => {
    const { accessToken } = await registerWithRoles(server());
    const { status, body } = await read(accessToken, query);
    expect([status, body.code, body.errors]).toEqual([400, "INVALID_INPUT", [{ path, message }]]);
  });

  test("are for those who have the permission, and for their keys with the scope", async () => {
    expect((await rest(server().url, "/v1/metrics/accounts")).status).toBe(401);
    for (const roles of [[], ["support"]]) {
      const { accessToken } = await registerWithRoles(server(), roles);
      expect(await read(accessToken)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
    }
    const owner = await registerProvenAdmin(server());
    const { secret } = await makeApiKey(server().url, owner, { scopes: ["metrics:read"] });
    const other = await makeApiKey(server().url, owner, { scopes: ["profile:read"] });
    expect((await read(secret)).status).toBe(200);
    expect(await read(other.secret)).toMatchObject({ status: 403, body: { code: "INSUFFICIENT_SCOPE" } });
    await registerWithRoles(server());
    await giveRoles(server(), owner.userId, []);
    expect(await read(secret)).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
  });
});
