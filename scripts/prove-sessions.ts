// `pnpm prove:sessions`: plays random interleavings against the real sessions; see docs/guides/prove-sessions.md.
import { fork } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { batchRuns, type Counterexample, explore, replay } from "../tests/sessions/proof/explore.ts";
import { openLab } from "../tests/sessions/proof/lab.ts";
import { countWorkers } from "../tests/support/connections.ts";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { readArguments, readWholeNumber, runCommand, UsageError } from "./options.ts";

/** Schedules that a process plays at a time. */
const parallel = 12;
/** The most connections of a process: two instances and their observers for each schedule, and a few more. */
const connectionsPerProcess = 5 * parallel;
/** Runs between two reports of a process. */
const reportEvery = 50;

/** Milliseconds between two lines of progress. */
const sayEveryMillis = 10_000;

/** A message of a process to its parent. */
type Message = { readonly played: number } | { readonly found: Counterexample };

/** The schedules to play. */
interface Play {
  readonly runs: number;
  readonly seed: number;
}

await runCommand(main);

async function main(): Promise<number> {
  const { values } = readArguments({
    command: "pnpm prove:sessions",
    options: {
      runs: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(randomInt(2 ** 31)) },
      path: { type: "string" },
      processes: { type: "string", default: String(await countWorkers(undefined, connectionsPerProcess)) },
      /** Set by this process for its children. */
      database: { type: "string" },
    },
  });
  const play = { runs: readWholeNumber("runs", values.runs), seed: readWholeNumber("seed", values.seed, -(2 ** 31)) };
  const processes = readWholeNumber("processes", values.processes);
  if (values.path !== undefined && !/^\d+(:\d+)*$/.test(values.path)) {
    throw new UsageError(
      `--path takes numbers with colons between them, as a failure names them, not "${values.path}".`,
    );
  }
  if (values.database === undefined) return await prove({ ...play, path: values.path, processes });
  await playHere(values.database, play);
  return 0;
}

/** Returns the exit code. */
async function prove({ path, processes, ...play }: Play & { path: string | undefined; processes: number }) {
  await using database = await createOwnDatabase(`gatehouse_proof_${randomUUID().slice(0, 8)}`);
  if (path === undefined) console.log(`seed ${play.seed}, ${play.runs} interleavings`);
  const found = await (path === undefined
    ? playInProcesses(database.url, play, processes)
    : playAgain(database.url, { seed: play.seed, path }));
  if (found === undefined) {
    console.log("Every promise was kept.");
    return 0;
  }
  console.error(`Broken: ${found.violation}\n`);
  console.error(`Again: pnpm prove:sessions --seed=${found.seed} --path ${found.path}`);
  return 1;
}

async function playAgain(url: string, where: { seed: number; path: string }): Promise<Counterexample | undefined> {
  await using lab = await openLab(url, 1);
  return await replay(lab, where);
}

/** Each process plays its part of the seeds; any number of processes play the same seeds together. */
async function playInProcesses(url: string, { runs, seed }: Play, count: number): Promise<Counterexample | undefined> {
  const share = Math.ceil(runs / count / batchRuns) * batchRuns;
  let found: Counterexample | undefined;
  let hasFailed = false;
  const progress = sayProgress(runs);
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
        if ("played" in message) return progress(message.played);
        found ??= message.found;
        stopAll();
      });
      const code = await new Promise<number | null>((resolve) => child.on("exit", resolve));
      if (code === 0 || found !== undefined) return;
      hasFailed = true;
      stopAll();
    }),
  );
  if (hasFailed) throw new Error("A process of the proof failed.");
  return found;
}

async function playHere(url: string, { runs, seed }: Play): Promise<void> {
  await using lab = await openLab(url, parallel);
  let played = 0;
  const onRun = () => {
    played += 1;
    if (played % reportEvery === 0) process.send?.({ played: reportEvery } satisfies Message);
  };
  const found = await explore({ lab, runs, seed, parallel, onRun });
  if (found !== undefined) process.send?.({ found } satisfies Message);
}

/** Prints from time to time how many were played, and how fast. */
function sayProgress(total: number): (played: number) => void {
  const startedAt = performance.now();
  let saidAt = startedAt;
  let done = 0;
  return (played) => {
    done += played;
    if (done < total && performance.now() - saidAt < sayEveryMillis) return;
    saidAt = performance.now();
    console.log(`${done}/${total}  ${((done * 1000) / (saidAt - startedAt)).toFixed(0)}/s`);
  };
}
