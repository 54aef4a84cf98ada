import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../../support/database.ts";
import { brokenServices } from "./breakages.ts";
import { playAll } from "./every-interleaving.ts";
import { explore } from "./explore.ts";
import { type Lab, openLab } from "./lab.ts";
import { scenarios } from "./scenarios.ts";

const runs = 500;
const parallel = 6;
/** Nothing depends on it; another is tried by `pnpm prove:sessions`. */
const seed = 20_260_101;

const fiveMinutes = 300_000;

describe.skipIf(postgresUnreachable)("two instances of the server and one session", () => {
  let database: TestDatabase;
  let lab: Lab;

  beforeAll(async () => {
    database = await createTestDatabase();
    lab = await openLab(database.url, parallel);
  });

  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test(`keep every promise in ${runs} schedules of requests, crashes, losses and clock jumps`, {
    timeout: fiveMinutes,
  }, async () => {
    expect(await explore({ lab, runs, seed, parallel })).toBeUndefined();
  });

  test.concurrent.each(Object.entries(scenarios))(
    "keep every promise in every order of statements when %s",
    {
      timeout: fiveMinutes,
    },
    async (_name, scenario) => {
      const { violation, runs: played } = await playAll(lab, scenario);
      expect(violation).toBeUndefined();
      expect(played).toBeGreaterThan(1);
    },
  );

  test.concurrent.each(Object.entries(brokenServices))(
    "show a broken promise with %s",
    {
      timeout: fiveMinutes,
    },
    async (_name, { breakage, seenWhen }) => {
      const { violation } = await playAll(lab, scenarios[seenWhen], breakage);
      expect(violation).toBeDefined();
    },
  );
});
