// `pnpm prove:sessions`: plays random interleavings against the real sessions; see docs/guides/prove-sessions.md.
import { fork } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { batchRuns, type Counterexample, explore, replay } from "../tests/sessions/proof/explore.ts";
import { openLab } from "../tests/sessions/proof/lab.ts";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { drawProgress } from "./progress-bar.ts";

/** Schedules that a process plays at a time. */
const parallel = 12;
/** Runs between two reports of a process. */
const reportEvery = 50;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    path: { type: "string" },
    processes: { type: "string", default: String(availableParallelism()) },
    /** Set for the processes that this one starts. */
    database: { type: "string" },
  },
});
const runs = readCount("runs", values.runs);
const seed = Number.parseInt(values.seed, 10);

/** What a process tells the one that started it. */
type Message = { readonly played: number } | { readonly found: Counterexample };

if (values.database !== undefined) await playHere(values.database);
else await prove(values.path);

async function prove(path: string | undefined): Promise<void> {
  await using database = await createOwnDatabase(`gatehouse_proof_${randomUUID().slice(0, 8)}`);
  if (path === undefined) console.log(`seed ${seed}, ${runs} interleavings`);
  const found = path === undefined ? await playInProcesses(database.url) : await playAgain(database.url, path);
  if (found === undefined) return console.log("Every promise was kept.");
  process.exitCode = 1;
  console.error(`Broken: ${found.violation}\n`);
  console.error(`Again: pnpm prove:sessions --seed ${found.seed} --path ${found.path}`);
}

async function playAgain(url: string, path: string): Promise<Counterexample | undefined> {
  await using lab = await openLab(url, 1);
  return await replay(lab, { seed, path });
}

/** Each process plays its part of the seeds; together they play the same, however many they are. */
async function playInProcesses(url: string): Promise<Counterexample | undefined> {
  const count = readCount("processes", values.processes);
  const share = Math.ceil(runs / count / batchRuns) * batchRuns;
  let found: Counterexample | undefined;
  let hasFailed = false;
  const progress = drawProgress(runs);
  const parts = Array.from({ length: count }, (_, index) => Math.min(share, runs - index * share));
  const children = parts
    .filter((part) => part > 0)
    .map((part, index) => {
      const first = seed + (index * share) / batchRuns;
      return fork(import.meta.filename, [`--runs=${part}`, `--seed=${first}`, `--database=${url}`]);
    });
  const stopAll = () => {
    for (const child of children) child.kill();
  };
  await Promise.all(
    children.map(async (child) => {
      child.on("message", (message: Message) => {
        if ("played" in message) return progress.add(message.played);
        found ??= message.found;
        stopAll();
      });
      const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
      if (code === 0 || found !== undefined) return;
      hasFailed = true;
      stopAll();
    }),
  );
  progress.end();
  if (hasFailed) throw new Error("A process of the proof failed.");
  return found;
}

async function playHere(url: string): Promise<void> {
  await using lab = await openLab(url, parallel);
  let played = 0;
  const onRun = () => {
    played += 1;
    if (played % reportEvery === 0) process.send?.({ played: reportEvery } satisfies Message);
  };
  const found = await explore({ lab, runs, seed, parallel, onRun });
  if (found !== undefined) process.send?.({ found } satisfies Message);
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--${name} takes a whole number above 0.`);
  return count;
}
