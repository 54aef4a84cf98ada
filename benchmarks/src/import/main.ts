// `pnpm bench:import`: the import of users beside the same rows inserted by hand; see benchmarks/README.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { readArguments, runCommand, wholeNumber } from "../command.ts";
import { createBenchmarkDatabase } from "../database/benchmark-database.ts";
import { median } from "../report/numbers.ts";
import { describeMachine } from "../report/origin.ts";
import { heapLimits, type Measured, measureProcess } from "./measure-process.ts";
import { writeUsers } from "./users-file.ts";

const lines = { name: "lines", max: 10_000_000, default: 200_000 };
const rounds = { name: "rounds", max: 50, default: 5 };

const usage = `Usage: pnpm bench:import [--lines N] [--rounds N]
  --lines N   users in the file, 1 to ${lines.max}; default ${lines.default}
  --rounds N  how often each file is added, 1 to ${rounds.max}; default ${rounds.default}`;

/** Memory must not depend on the length of the file: this many lines, and fifty times as many. */
const memoryLines = [10_000, 500_000];

const module = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const contestants = [
  {
    name: "gatehouse import",
    args: (file: string) => [...heapLimits, module("../../../apps/api/src/cli/main.ts"), "import", file],
  },
  { name: "by hand", args: (file: string) => [module("./by-hand.ts"), file] },
];

interface ImportRun {
  readonly databaseUrl: string;
  /** Holds the files of users. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

interface ImportLength {
  readonly lines: number;
  /** After the first, which warms the server up and does not count. */
  readonly rounds: number;
}

await runCommand(async (signal) => {
  const options = { lines: { type: "string" }, rounds: { type: "string" } } as const;
  const given = readArguments(() => parseArgs({ options }).values, usage);
  const length = {
    lines: wholeNumber(lines, given.lines, usage),
    rounds: wholeNumber(rounds, given.rounds, usage),
  };
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-import-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const database = stack.use(await createBenchmarkDatabase({ logFolder: folder, signal }));
  const machine = describeMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; PostgreSQL ${database.serverVersion}`);
  const run = { databaseUrl: database.url, folder, signal };
  await compareSpeed(run, length);
  await compareMemory(run);
});

/** Both add the same file to the same empty tables, in turn; the first round warms the server up and does not count. */
async function compareSpeed(run: ImportRun, { lines, rounds }: ImportLength): Promise<void> {
  const file = await writeUsers(join(run.folder, "users.ndjson"), lines);
  const rates = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, args } of contestants) {
      const { seconds } = await add(run, args(file), lines);
      if (round > 0) rates.get(name)?.push(lines / seconds);
    }
  }
  const [imported = 0, byHand = 0] = contestants.map(({ name }) => median(rates.get(name) ?? []));
  for (const [name, each] of rates) console.log(`${name}: ${each.map(Math.round).join(", ")} users/s`);
  console.log(`ratio of the medians of ${rounds} rounds, ${lines} users: ${(imported / byHand).toFixed(2)}`);
}

/** The import of a short file and of a long one; the highest memory of each. */
async function compareMemory(run: ImportRun): Promise<void> {
  const [importing] = contestants;
  for (const count of memoryLines) {
    const file = await writeUsers(join(run.folder, `${count}.ndjson`), count);
    const { peakMib } = await add(run, importing?.args(file) ?? [], count);
    console.log(`gatehouse import of ${count} users: ${Math.round(peakMib)} MiB resident at most`);
  }
}

/** Runs a program that adds users to empty tables. Throws where a user is missing afterwards. */
async function add({ databaseUrl, signal }: ImportRun, args: readonly string[], expected: number): Promise<Measured> {
  signal.throwIfAborted();
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    await client.query('truncate "user", password, user_import cascade');
    await client.query("checkpoint");
    const measured = await measureProcess(args, { ...process.env, DATABASE_URL: databaseUrl });
    const { rows } = await client.query("select count(*)::int as added from password");
    if (rows[0]?.added !== expected) throw new Error(`${rows[0]?.added} of ${expected} users were added`);
    return measured;
  } finally {
    await client.end();
  }
}
