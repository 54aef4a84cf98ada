// `pnpm prove:sessions`: plays random interleavings against the real sessions; see docs/guides/prove-sessions.md.
import { type ChildProcess, fork } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { type Batch, batchesOf, type Counterexample, playBatch, replay } from "../tests/sessions/proof/explore.ts";
import { openLab } from "../tests/sessions/proof/lab.ts";
import { currentCommit, PlayedBatches, publish } from "../tests/sessions/proof/record.ts";
import { countWorkers } from "../tests/support/connections.ts";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { readArguments, readWholeNumber, runCommand, UsageError } from "./options.ts";

/** Batches that a process plays at a time. */
const parallel = 12;
/** The most connections of a process: of two instances for each batch, and a few more. */
const connectionsPerProcess = 4 * parallel + 12;
const workers = { each: connectionsPerProcess, max: availableParallelism() };
/** The least number of schedules whose result is written to the guide without `--publish`. */
const publishedRuns = 1_000_000;
/** Milliseconds between two lines of progress. */
const sayEveryMillis = 10_000;

/** The usual exit code of a program that Ctrl-C stopped: 128 and the number of the signal. */
const exitCodeOfInterrupt = 130;

/** A message of a process to its parent: it waits for batches, or has played one. */
type Message = { readonly isReady: true } | { readonly played: Batch; readonly found: Counterexample | undefined };

/** Some of the batches, so that several commands can share them. */
interface Slice {
  /** From 1. */
  readonly number: number;
  readonly of: number;
}

interface Proof {
  readonly runs: number;
  readonly seed: number;
  readonly slice: Slice;
  readonly processes: number;
  readonly isPublished: boolean;
}

await runCommand(main);

async function main(): Promise<number> {
  const { values } = readArguments({
    command: "pnpm prove:sessions",
    options: {
      runs: { type: "string", default: String(publishedRuns) },
      seed: { type: "string", default: String(randomInt(2 ** 31)) },
      slice: { type: "string", default: "1/1" },
      publish: { type: "boolean", default: false },
      path: { type: "string" },
      processes: { type: "string", default: String(await countWorkers(undefined, workers)) },
      /** Set by this process for its children. */
      database: { type: "string" },
    },
  });
  const seed = readWholeNumber("seed", values.seed, -(2 ** 31));
  const runs = readWholeNumber("runs", values.runs);
  const processes = readWholeNumber("processes", values.processes);
  const slice = readSlice(values.slice);
  if (values.database !== undefined) return await playForParent(values.database);
  if (values.path !== undefined) return await playAgain({ seed, path: readPath(values.path) });
  return await prove({ runs, seed, slice, processes, isPublished: values.publish || runs >= publishedRuns });
}

function readPath(path: string): string {
  if (/^\d+(:\d+)*$/.test(path)) return path;
  throw new UsageError(`--path takes numbers with colons between them, as a failure names them, not "${path}".`);
}

function readSlice(text: string): Slice {
  const [number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  if (number >= 1 && number <= of) return { number, of };
  throw new UsageError(`--slice takes a part and their number, such as 2/4, not "${text}".`);
}

/** Plays the batches of the slice that are not recorded as played. Returns the exit code. */
async function prove({ runs, seed, slice, processes, isPublished }: Proof): Promise<number> {
  const commit = currentCommit();
  const all = batchesOf({ runs, seed });
  const record = await PlayedBatches.open(seed, commit);
  const left = record.left(all.filter((_, index) => index % slice.of === slice.number - 1));
  console.log(`seed ${seed}, ${countRuns(left)} schedules to play${slice.of === 1 ? "" : ` in slice ${slice.number}`}`);
  const { found, isStopped } = await playInProcesses({ batches: left, record, processes });
  if (isStopped) {
    console.log("Stopped. With the same seed and runs the command goes on from here.");
    return exitCodeOfInterrupt;
  }
  if (found !== undefined) {
    if (isPublished) await publish({ commit, seed, runs, broken: 1 });
    return sayBroken(found);
  }
  const elsewhere = (await PlayedBatches.open(seed, commit)).left(all);
  if (elsewhere.length > 0) {
    console.log(`Every promise was kept here. ${countRuns(elsewhere)} schedules are left in other slices.`);
    return 0;
  }
  console.log(`Every promise was kept in ${runs} schedules.`);
  if (isPublished) await publish({ commit, seed, runs, broken: 0 });
  return 0;
}

function countRuns(batches: readonly Batch[]): number {
  return batches.reduce((sum, batch) => sum + batch.runs, 0);
}

function sayBroken({ violation, seed, path }: Counterexample): number {
  console.error(`Broken: ${violation}\n`);
  console.error(`Again: pnpm prove:sessions --seed=${seed} --path ${path}`);
  return 1;
}

async function playAgain(where: { readonly seed: number; readonly path: string }): Promise<number> {
  await using database = await createOwnDatabase(nameDatabase());
  await using lab = await openLab(database.url, 1);
  const found = await replay(lab, where);
  if (found !== undefined) return sayBroken(found);
  console.log("Every promise was kept.");
  return 0;
}

function nameDatabase(): string {
  return `gatehouse_proof_${randomUUID().slice(0, 8)}`;
}

interface Playing {
  readonly batches: readonly Batch[];
  readonly record: PlayedBatches;
  readonly processes: number;
}

/** A broken promise, if one was found, and whether Ctrl-C came first. */
interface Outcome {
  readonly found: Counterexample | undefined;
  readonly isStopped: boolean;
}

/** Throws if a process ends before its batches, with the reason and the batches to play again. */
async function playInProcesses({ batches, record, processes }: Playing): Promise<Outcome> {
  if (batches.length === 0) return { found: undefined, isStopped: false };
  await using database = await createOwnDatabase(nameDatabase());
  const waiting = batches.values();
  const progress = sayProgress(countRuns(batches));
  let found: Counterexample | undefined;
  let isStopped = false;
  const children = Array.from({ length: processes }, () =>
    fork(import.meta.filename, [`--database=${database.url}`, "--seed=0"]),
  );
  const stop = () => {
    isStopped = true;
    for (const child of children) child.kill();
  };
  process.once("SIGINT", stop);
  const play = async (child: ChildProcess) => {
    const playing = new Map<number, Batch>();
    const next = () => {
      const { value: batch } = waiting.next();
      if (batch === undefined) {
        if (playing.size === 0 && child.connected) child.disconnect();
        return;
      }
      playing.set(batch.seed, batch);
      child.send(batch);
    };
    child.on("message", async (message: Message) => {
      if ("isReady" in message) return Array.from({ length: parallel }).forEach(next);
      if (message.found !== undefined) {
        found ??= message.found;
        return stop();
      }
      await record.add(message.played);
      playing.delete(message.played.seed);
      progress(message.played.runs);
      if (!isStopped) next();
    });
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once("exit", (...how) => resolve(how)),
    );
    if (isStopped || (code === 0 && playing.size === 0)) return;
    stop();
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    const again = [...playing.values()].map(({ seed, runs }) => `pnpm prove:sessions --seed=${seed} --runs=${runs}`);
    throw new Error(`A process ended ${how}. It played these batches:\n${again.join("\n")}`);
  };
  const outcomes = await Promise.allSettled(children.map(play));
  process.off("SIGINT", stop);
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return { found, isStopped: isStopped && found === undefined };
}

/** Plays the batches that the parent sends until it disconnects. */
async function playForParent(url: string): Promise<number> {
  await using lab = await openLab(url, parallel);
  const ended = new Promise((resolve) => process.once("disconnect", resolve));
  // An error of a batch is no rejection that anybody awaits, so it ends the process, and the parent says which batches it had.
  process.on("message", async (batch: Batch) => {
    const found = await playBatch(lab, batch);
    process.send?.({ played: batch, found } satisfies Message);
  });
  process.send?.({ isReady: true } satisfies Message);
  await ended;
  return 0;
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
