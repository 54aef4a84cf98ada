import { randomBytes } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { handleJob } from "../../packages/server/src/job-handlers.ts";
import { defineJob, JobFailure } from "../../packages/server/src/jobs/job.ts";
import { runGatehouse, runGatehouseProcess } from "../support/command-line.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { patience } from "../support/patience.ts";
import { startJobs } from "./job-process.ts";
import { openMigrated } from "./migrated.ts";

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Returns what runs `gatehouse jobs …` on a database, as an operator does. */
function jobsCommand(run: typeof runGatehouse) {
  return async (databaseUrl: string, ...args: readonly string[]): Promise<Outcome> => {
    const encryptionKeys = `1:${randomBytes(32).toString("base64")}`;
    const environment = { NODE_ENV: "test", DATABASE_URL: databaseUrl, ENCRYPTION_KEYS: encryptionKeys };
    const { code, stdout, stderr } = await run(["jobs", ...args], { environment });
    return { code, output: code === 0 ? stdout : stderr };
  };
}

const gatehouseJobs = jobsCommand(runGatehouse);
const gatehouseJobsProcess = jobsCommand(runGatehouseProcess);

describe.skipIf(postgresUnreachable)("gatehouse jobs", () => {
  test("lists, shows and retries jobs that failed permanently", async () => {
    await using opened = await openMigrated("PostgreSQL");
    if (opened.config.kind !== "postgres") throw new Error("A PostgreSQL was meant");
    const { url } = opened.config;
    const greeting = defineJob({ name: "greet", schema: z.strictObject({ name: z.string() }) });
    let isMended = false;
    const greeted: string[] = [];
    const handler = handleJob(greeting, async (_deps, { name }) => {
      if (!isMended) throw new JobFailure("no\u001b[2J\r\nvoice\u009b", { isPermanent: true });
      greeted.push(name);
    });
    await using process = await startJobs({ ...opened, handlers: [handler] });
    expect(await gatehouseJobsProcess(url, "list")).toEqual({ code: 0, output: "No job has failed permanently.\n" });
    await process.enqueue(greeting, { name: "Ada" });
    await process.enqueue(greeting, { name: "Grace" });
    const lines = async () => (await gatehouseJobs(url, "list")).output.trimEnd().split("\n");
    await vi.waitFor(async () => expect(await lines()).toHaveLength(2), patience);
    const [first = ""] = await lines();
    expect(first).toMatch(/^[0-9a-f-]{36} {2}\S+Z {2}greet {2}no \[2J voice $/);
    const [id = ""] = first.split(" ");
    const { output: shown } = await gatehouseJobs(url, "show", id);
    expect(shown).toContain("after 1 attempt\nreason    no [2J voice \npayload ");
    const [, name] = /"name":"(\w+)"/.exec(shown) ?? [];
    isMended = true;
    expect(await gatehouseJobs(url, "retry", id)).toEqual({ code: 0, output: "Enqueued 1 again.\n" });
    await vi.waitFor(() => expect(greeted).toEqual([name]), patience);
    expect(await gatehouseJobs(url, "retry", "--all")).toEqual({ code: 0, output: "Enqueued 1 again.\n" });
    await vi.waitFor(() => expect(greeted.toSorted()).toEqual(["Ada", "Grace"]), patience);
  });

  test("reports wrong arguments and database errors in a sentence", async () => {
    await using opened = await openMigrated("PostgreSQL");
    if (opened.config.kind !== "postgres") throw new Error("A PostgreSQL was meant");
    const { url } = opened.config;
    const unknown = "4e0f2d52-5c5a-4b43-8d3c-0d6c2f3a1b2c";
    expect(await gatehouseJobs(url, "show", unknown)).toEqual({
      code: 1,
      output: `Dead letter ${unknown} does not exist.\n`,
    });
    await using empty = await createTestDatabase({ empty: true });
    expect(await gatehouseJobs(empty.url, "list")).toMatchObject({
      code: 1,
      output: expect.stringContaining("no job queue of this version"),
    });
  });
});

test.each([
  ["list --limit many", '--limit takes a whole number from 1 to 1000, not "many".\n'],
  ["show x", 'x is not the id of a dead letter. "gatehouse jobs list" shows the ids.\n'],
  ["retry", "Give ids of dead letters, or --all for every one.\n"],
  ["list --limti 5", "error: unknown option '--limti'\n(Did you mean --limit?)\n"],
  ["lsit", "error: unknown command 'lsit'\n(Did you mean list?)\n"],
  ["show", "error: missing required argument 'id'\n"],
])("jobs %s: a wrong argument gets a sentence and exit code 2 before the database is opened", async (args, said) => {
  const { code, output } = await gatehouseJobs("postgres://127.0.0.1:1/nowhere", ...args.split(" "));
  expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(said) });
  expect(output).not.toMatch(/^ +at /m);
});
