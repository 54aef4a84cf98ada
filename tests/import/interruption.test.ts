import { randomBytes } from "node:crypto";
import type { Database } from "@gatehouse/server/database";
import {
  ImportRunningError,
  importUsers,
  openImport,
  operatorCall,
  type Refusal,
  systemClock,
  systemRandom,
  tryImport,
} from "@gatehouse/server/import";
import { describe, expect, test } from "vitest";
import { drivers } from "../database/drivers.ts";
import { openMigrated } from "../jobs/migrated.ts";
import { recordsOf, TestReport } from "../support/imports.ts";

const users = Array.from({ length: 3000 }, (_, index) =>
  index % 100 === 99 ? { email: "nobody" } : { email: `user${index}@example.com` },
);
const refusedLines = Array.from({ length: 30 }, (_, index) => index * 100 + 100);
const never = new AbortController().signal;

const config: Parameters<typeof importUsers>[0]["config"] = { registrationIdentifiers: ["email"] };
const depsOf = (db: Database) => ({ config, db, clock: systemClock, random: systemRandom, call: operatorCall });

async function countUsers(db: Database): Promise<number> {
  const { count } = await db
    .selectFrom("user")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

describe.each(drivers)("on %s", (driver) => {
  test("an import that fails between its report and its commit continues without a gap or a repetition", async () => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    const digest = randomBytes(32);
    const report = new TestReport();
    let appends = 0;
    const failing = {
      async append(refusals: readonly Refusal[], afterBytes: number) {
        await report.append(refusals, afterBytes);
        appends += 1;
        if (appends === 2) throw new Error("the power went");
        return report.refusals.length;
      },
    };
    const run = { report: failing, onProgress: () => undefined, signal: never };
    const from = await openImport(depsOf(db), digest);
    await expect(importUsers(depsOf(db), { digest, from }, { ...run, records: recordsOf(users) })).rejects.toThrow(
      "power",
    );
    const state = await openImport(depsOf(db), digest);
    expect(state).toMatchObject({ nextByte: 1000, imported: 990, refused: 10, reportBytes: 10, finishedAt: null });
    expect(await countUsers(db)).toBe(990);

    const end = await importUsers(
      depsOf(db),
      { digest, from: state },
      { ...run, records: recordsOf(users, state.nextByte) },
    );
    expect(end).toMatchObject({ imported: 2970, refused: 30, finishedAt: expect.any(Date) });
    expect(await countUsers(db)).toBe(2970);
    expect(report.refusals.map(({ line }) => line)).toEqual(refusedLines);
  });

  test("an import that is asked to stop finishes its batch", async () => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    const controller = new AbortController();
    const run = { report: new TestReport(), onProgress: () => controller.abort(), signal: controller.signal };
    const digest = randomBytes(32);
    const from = await openImport(depsOf(db), digest);
    const state = await importUsers(depsOf(db), { digest, from }, { ...run, records: recordsOf(users) });
    expect(state).toMatchObject({ nextByte: 1000, finishedAt: null });
    expect(await countUsers(db)).toBe(990);
  });

  test("a trial leaves nothing behind", async () => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    const report = new TestReport();
    const twice = [...users, { email: "user0@example.com" }];
    const run = { report, onProgress: () => undefined, signal: never };
    const state = await tryImport(depsOf(db), { ...run, records: recordsOf(twice) });
    expect(state).toMatchObject({ imported: 2970, refused: 31 });
    expect(report.refusals.map(({ line }) => line)).toEqual([...refusedLines, 3001]);
    expect(await countUsers(db)).toBe(0);
  });

  test("one of two imports of the same file continues, and the other is refused", async () => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    const digest = randomBytes(32);
    const from = await openImport(depsOf(db), digest);
    const report = new TestReport();
    const run = () =>
      importUsers(
        depsOf(db),
        { digest, from },
        { report, onProgress: () => undefined, signal: never, records: recordsOf(users) },
      );
    const outcomes = await Promise.allSettled([run(), run()]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(failures).toEqual([expect.any(ImportRunningError)]);
    expect(report.refusals.map(({ line }) => line)).toEqual(refusedLines);
    expect(await countUsers(db)).toBe(2970);
  });
});
