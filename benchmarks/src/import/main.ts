// `pnpm bench:import`: the import of users beside the same rows inserted by hand; see benchmarks/README.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { createBenchmarkDatabase } from "../database/benchmark-database.ts";
import { onInterruption } from "../interruption.ts";
import { describeMachine } from "../report/machine.ts";
import { type Measured, measureProcess } from "./measure-process.ts";
import { writeUsers } from "./users-file.ts";

const { values } = parseArgs({
  options: { lines: { type: "string", default: "200000" }, rounds: { type: "string", default: "5" } },
});
const lines = Number(values.lines);
const rounds = Number(values.rounds);
/** Memory must not depend on the length of the file: this many lines, and fifty times as many. */
const memoryLines = [10_000, 500_000];

const module = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const contestants = [
  { name: "gatehouse import", args: (file: string) => [module("../../../apps/api/src/cli/main.ts"), "import", file] },
  { name: "by hand", args: (file: string) => [module("./by-hand.ts"), file] },
];

const signal = onInterruption();
await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), "gatehouse-import-"));
stack.defer(() => rm(folder, { recursive: true }));
const database = stack.use(await createBenchmarkDatabase({ logFolder: folder, signal }));

const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; PostgreSQL ${database.serverVersion}`);
await compareSpeed();
await compareMemory();

/** Both add the same file to the same empty tables, in turn; the first round warms the server up and does not count. */
async function compareSpeed(): Promise<void> {
  const file = await writeUsers(join(folder, "users.ndjson"), lines);
  const rates = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, args } of contestants) {
      const { seconds } = await run(args(file), lines);
      if (round > 0) rates.get(name)?.push(lines / seconds);
    }
  }
  const [imported = 0, byHand = 0] = contestants.map(({ name }) => median(rates.get(name) ?? []));
  for (const [name, each] of rates) console.log(`${name}: ${each.map(Math.round).join(", ")} users/s`);
  console.log(`ratio of the medians of ${rounds} rounds, ${lines} users: ${(imported / byHand).toFixed(2)}`);
}

async function compareMemory(): Promise<void> {
  const [importing] = contestants;
  for (const count of memoryLines) {
    const file = await writeUsers(join(folder, `${count}.ndjson`), count);
    const { peakMib } = await run(importing?.args(file) ?? [], count);
    console.log(`gatehouse import of ${count} users: ${Math.round(peakMib)} MiB resident at most`);
  }
}

/** Into empty tables; throws if any user is missing afterwards. */
async function run(args: readonly string[], expected: number): Promise<Measured> {
  signal.throwIfAborted();
  const client = new Client(database.url);
  await client.connect();
  try {
    await client.query('truncate "user", password, user_import cascade');
    await client.query("checkpoint");
    const measured = await measureProcess(args, { ...process.env, DATABASE_URL: database.url });
    const { rows } = await client.query("select count(*)::int as added from password");
    if (rows[0]?.added !== expected) throw new Error(`${rows[0]?.added} of ${expected} users were added`);
    return measured;
  } finally {
    await client.end();
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
