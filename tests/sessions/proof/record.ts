import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Batch } from "./explore.ts";

const root = join(import.meta.dirname, "../../..");
const guide = join(root, "docs/guides/prove-sessions.md");
const begin = "<!-- results: written by pnpm prove:sessions -->\n";
const end = "<!-- end of results -->";
const head = "| commit | seed | schedules | broken promises | on |\n|---|--:|--:|--:|---|\n";

/** Rows kept in the guide, the newest first. */
const keptResults = 5;

/**
 * The batches of a seed that kept every promise, in a file that outlasts the command. Several commands may add to it at once,
 * since each line is written by one system call.
 */
export class PlayedBatches {
  readonly #file: string;
  readonly #done: Set<number>;

  private constructor(file: string, done: Set<number>) {
    this.#file = file;
    this.#done = done;
  }

  /** Opens the record of this seed for the code as it is: another commit begins another record. */
  static async open(seed: number, commit: string): Promise<PlayedBatches> {
    const file = join(root, ".proof", `${seed}-${commit}`);
    await mkdir(dirname(file), { recursive: true });
    return new PlayedBatches(file, await readDone(file));
  }

  /** Those that are not recorded yet. */
  left(batches: readonly Batch[]): readonly Batch[] {
    return batches.filter(({ seed }) => !this.#done.has(seed));
  }

  async add({ seed }: Batch): Promise<void> {
    await appendFile(this.#file, `${seed}\n`);
  }
}

async function readDone(file: string): Promise<Set<number>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return new Set(text.split("\n").filter(Boolean).map(Number));
}

/** Names the code as it is: the commit that is checked out, with a digest of the changes to it, if there are any. */
export function currentCommit(): string {
  const git = (...args: readonly string[]) =>
    execFileSync("git", [...args], { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).trim();
  const places = ["--", "packages", "tests", "pnpm-lock.yaml"];
  const changes = git("status", "--porcelain", ...places) + git("diff", "HEAD", ...places);
  const commit = git("rev-parse", "--short", "HEAD");
  return changes === "" ? commit : `${commit}-changed-${hash("sha256", changes).slice(0, 8)}`;
}

/** The result of all batches of a seed. */
export interface ProofResult {
  readonly commit: string;
  readonly seed: number;
  readonly runs: number;
  readonly broken: number;
}

/** Puts the result first in the table of the guide. */
export async function publish({ commit, seed, runs, broken }: ProofResult): Promise<void> {
  const text = await readFile(guide, "utf8");
  const [before = "", rest] = text.split(begin);
  const [table = "", after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`${guide} has no place for results`);
  const day = new Date().toISOString().slice(0, 10);
  const row = `| \`${commit}\` | ${seed} | ${runs.toLocaleString("en")} | ${broken} | ${day} |`;
  const others = table
    .split("\n")
    .filter((line) => line.startsWith("| `") && !line.startsWith(`| \`${commit}\` | ${seed} |`));
  const rows = [row, ...others].slice(0, keptResults).join("\n");
  await writeFile(guide, `${before}${begin}\n${head}${rows}\n\n${end}${after}`);
}
