import {
  assertUsable,
  createLogger,
  type DeadLetter,
  type DeadLetters,
  loadConfig,
  openDatabase,
  openDeadLetters,
} from "@gatehouse/server/database";
import type { Command } from "commander";
import { CommandError, MisuseError } from "./command-error.ts";

/** Adds `jobs list`, `jobs show` and `jobs retry`, for jobs that failed permanently. */
export function addJobCommands(program: Command): void {
  const jobs = program.command("jobs").description("lists and retries jobs that failed permanently");
  jobs
    .command("list")
    .description("lists them, oldest first")
    .option("--limit <count>", "the most jobs to list, 1 to 1000", "50")
    .action(({ limit }: { limit: string }) => {
      const most = parseLimit(limit);
      return withDeadLetters((letters) => list(letters, most));
    });
  jobs
    .command("show <id>")
    .description("shows one with its payload")
    .action((text: string) => {
      const id = parseId(text);
      return withDeadLetters((letters) => show(letters, id));
    });
  jobs
    .command("retry [id...]")
    .description("enqueues them again with all their attempts")
    .option("--all", "retry all of them")
    .action((texts: string[], { all }: { all?: true }) => {
      const ids = parseChoice(texts, all);
      return withDeadLetters((letters) => retry(letters, ids));
    });
}

async function withDeadLetters(work: (letters: DeadLetters) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const log = await createLogger({ ...config.log, level: "warn" }, process.stderr);
  await using opened = new AsyncDisposableStack();
  const database = await openDatabase(config.database, (err) => log.warn({ err }, "database connection lost"));
  const db = opened.adopt(database, () => database.destroy());
  await assertUsable(db);
  await work(opened.use(await openDeadLetters({ database: config.database, db, log })));
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new MisuseError(`--limit takes a whole number from 1 to 1000, not "${text}".`);
}

async function list(letters: DeadLetters, limit: number): Promise<void> {
  const found = await letters.list(limit);
  if (found.length === 0) print("No job has failed permanently.");
  for (const letter of found) {
    print(inOneLine(`${letter.id}  ${letter.failedAt.toISOString()}  ${letter.job}  ${letter.reason}`));
  }
  if (found.length === limit) print(`There may be more: --limit ${limit * 2}`);
}

async function show(letters: DeadLetters, id: string): Promise<void> {
  const letter = await letters.find(id);
  if (letter === undefined) throw new CommandError(`Dead letter ${id} does not exist.`);
  print(describe(letter));
}

/** The dead letters to retry. */
type Choice = "all" | readonly [string, ...string[]];

function parseChoice(texts: readonly string[], all = false): Choice {
  const [first, ...others] = texts.map(parseId);
  if ((first === undefined) !== all) throw new MisuseError("Give ids of dead letters, or --all for every one.");
  return first === undefined ? "all" : [first, ...others];
}

async function retry(letters: DeadLetters, choice: Choice): Promise<void> {
  const count = await letters.retry(choice);
  if (choice !== "all" && count < choice.length) {
    throw new CommandError(`Enqueued ${count} of ${choice.length}; the other ids are no dead letters.`);
  }
  print(`Enqueued ${count} again.`);
}

/** Rejects any other text, for which the database would return an error. */
function parseId(id: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) {
    throw new MisuseError(`${id} is not the id of a dead letter. "gatehouse jobs list" shows the ids.`);
  }
  return id;
}

function describe({ id, job, enqueuedAt, failedAt, attempts, reason, payload }: DeadLetter): string {
  return [
    `id        ${id}`,
    `job       ${job}`,
    `enqueued  ${enqueuedAt.toISOString()}`,
    `failed    ${failedAt.toISOString()}, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    `reason    ${reason}`,
    `payload   ${JSON.stringify(payload)}`,
  ]
    .map(inOneLine)
    .join("\n");
}

/**
 * Replaces control characters: other servers write the reasons, which must not move the cursor, change colours or start a line.
 */
function inOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
