import { describe, expect, test, vi } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { endings } from "./endings.ts";
import { endAll, startInstances } from "./instances.ts";
import { maxRevocationMillis, refusedInTime } from "./stream-of-calls.ts";

const names = Object.keys(endings);
const allRefused = Object.fromEntries(names.map((name) => [name, refusedInTime]));

describe.skipIf(postgresUnreachable)("an instance whose listening connection", () => {
  test("is cut, and stays cut, accepts nothing that ended: at most a second before it knows, not one call after", async () => {
    await using instances = await startInstances();
    instances.proxy.cut();
    const atFirst = await endAll(instances, ["a logout"], () => maxRevocationMillis);
    expect(atFirst).toEqual({ "a logout": refusedInTime });
    await vi.waitFor(() => expect(instances.second.output()).toContain("not hearing of changed sessions"), 20_000);
    expect(await endAll(instances, names, () => 0)).toEqual(allRefused);
  });

  test("stays open and delivers nothing accepts nothing that ended, once that has lasted for a second", async () => {
    await using instances = await startInstances();
    instances.proxy.silence();
    const silentSince = performance.now();
    const bound = () => Math.max(0, silentSince + maxRevocationMillis - performance.now());
    const atFirst = await endAll(instances, ["a logout"], bound);
    expect(atFirst).toEqual({ "a logout": refusedInTime });
    expect(await endAll(instances, names, bound)).toEqual(allRefused);
  });

  test("was cut and comes back accepts nothing that ended meanwhile", async () => {
    await using instances = await startInstances();
    const listeners = `from pg_stat_activity
      where application_name = 'gatehouse listener' and datname = current_database()`;
    for (const name of names) {
      await instances.database.query(`select pg_terminate_backend(pid) ${listeners}`);
      const outcome = await endAll(instances, [name], () => maxRevocationMillis);
      expect(outcome).toEqual({ [name]: refusedInTime });
    }
  });
});
