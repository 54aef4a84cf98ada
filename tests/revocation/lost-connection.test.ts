import { afterEach, describe, expect, test, vi } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { endings } from "./endings.ts";
import { endAll, startInstances } from "./instances.ts";
import { maxRevocationMillis, refusedInTime } from "./stream-of-calls.ts";

const names = Object.keys(endings);
const allRefused = Object.fromEntries(names.map((name) => [name, refusedInTime]));

describe.skipIf(postgresUnreachable)("an instance whose listening connection", () => {
  const shared = share(startInstances);
  afterEach(() => shared().recover());

  test("is cut, and stays cut, accepts nothing that ended: for at most a second before it notices, and then not once", async () => {
    const instances = shared();
    const before = instances.second.output().length;
    instances.proxy.cut();
    const atFirst = await endAll(instances, ["a logout"], () => maxRevocationMillis);
    expect(atFirst).toEqual({ "a logout": refusedInTime });
    const outputSince = () => instances.second.output().slice(before);
    await vi.waitFor(() => expect(outputSince()).toContain("not hearing of changed sessions"), patience);
    expect(await endAll(instances, names, () => 0)).toEqual(allRefused);
  });

  test("stays open and delivers nothing accepts nothing that ended, once that has lasted for a second", async () => {
    const instances = shared();
    instances.proxy.silence();
    const silentSince = performance.now();
    const bound = () => Math.max(0, silentSince + maxRevocationMillis - performance.now());
    const atFirst = await endAll(instances, ["a logout"], bound);
    expect(atFirst).toEqual({ "a logout": refusedInTime });
    expect(await endAll(instances, names, bound)).toEqual(allRefused);
  });

  test("comes back has missed the notifications, and accepts nothing that ended meanwhile", async () => {
    const instances = shared();
    const { first, second, proxy, database } = instances;
    const accounts = await Promise.all(Array.from({ length: 10 }, () => registerAccount(first.url)));
    const call = ({ accessToken: token }: Account) => rest(second.url, "/v1/users/me", { token });
    for (const account of accounts) expect((await call(account)).status).toBe(200);
    const [listening] = await database.query(countListeners);
    proxy.cut();
    await vi.waitFor(async () => expect(await database.query(countListeners)).not.toEqual([listening]), patience);
    const [ended, living] = [accounts.slice(0, 9), accounts.slice(9)];
    for (const { accessToken: token } of ended) await rest(first.url, "/v1/auth/logout", { method: "POST", token });
    proxy.restore();
    await vi.waitFor(async () => {
      expect(await database.query(countListeners)).toEqual([listening]);
      for (const account of ended) expect((await call(account)).status).toBe(401);
    }, patience);
    for (const account of ended) expect((await call(account)).status).toBe(401);
    for (const account of living) expect((await call(account)).status).toBe(200);
  });
});

const countListeners = `select count(*) from pg_stat_activity
  where application_name = 'gatehouse listener' and datname = current_database()`;
