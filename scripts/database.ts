// pnpm db:<command>: migrations, test users and an SQL prompt, on the embedded database or on DATABASE_URL.
import { existsSync } from "node:fs";
import { describeDatabase, loadConfig, StartupError } from "../packages/server/src/database/tooling.ts";
import { runConsole } from "./database/console.ts";
import { kyselyCtl, makeMigration } from "./database/kysely-ctl.ts";
import { resetDatabase, seedDatabase } from "./database/seed.ts";
import { readArguments, runCommand, UsageError } from "./options.ts";
import { root } from "./pinned-node.mjs";

/** Does its work, prints the result or the error, and returns the exit code. */
interface Command {
  readonly description: string;
  readonly isForDevelopment?: true;
  /** It prints only its result, so that a pipe can read it. */
  readonly isQuiet?: boolean;
  readonly run: (args: readonly string[]) => number | Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
  make: { description: "makes a migration file: make NAME", isQuiet: true, run: ([name]) => makeMigration(name) },
  migrate: { description: "runs every migration that is missing", run: () => kyselyCtl("migrate", "latest") },
  up: { description: "runs the next migration", run: () => kyselyCtl("migrate", "up") },
  down: {
    description: "undoes the last migration",
    isForDevelopment: true,
    run: () => kyselyCtl("migrate", "down"),
  },
  rollback: {
    description: "undoes every migration",
    isForDevelopment: true,
    run: () => kyselyCtl("migrate", "rollback", "--all"),
  },
  status: { description: "lists the migrations, done and missing", run: () => kyselyCtl("migrate", "list") },
  seed: { description: "migrates and adds an admin and a user", isForDevelopment: true, run: seedDatabase },
  reset: { description: "undoes every migration, runs them, seeds", isForDevelopment: true, run: resetDatabase },
  console: { description: "an SQL prompt; reads a pipe as well", isQuiet: !process.stdin.isTTY, run: runConsole },
};

const loopbackHosts: readonly string[] = ["localhost", "127.0.0.1", "[::1]", ""];

process.chdir(root);
if (existsSync(".env")) process.loadEnvFile(".env");
await runCommand(main);

async function main(): Promise<number> {
  const [name = "", ...given] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new UsageError(explainCommands(name));
  const { operands } = readArguments({
    command: `pnpm db:${name}`,
    args: given,
    operands: name === "make" ? ["NAME"] : [],
  });
  if (command.isForDevelopment && !isAllowedHere(name)) return 1;
  try {
    if (!command.isQuiet) console.log(`Database: ${describeDatabase(loadConfig().database)}`);
    return await command.run(operands);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function explainCommands(name: string): string {
  const list = Object.entries(commands).map(([key, { description }]) => `  pnpm db:${key.padEnd(9)} ${description}`);
  return `There is no command "${name}". These are:\n${list.join("\n")}`;
}

/**
 * Protects production and databases on other machines from commands that destroy data or add users with a well-known
 * password. Returns the reason if the command may not run.
 */
function isAllowedHere(command: string): boolean {
  const { NODE_ENV = "development", DATABASE_URL = "" } = process.env;
  // The configuration reports an invalid address.
  const hostname = URL.parse(DATABASE_URL)?.hostname ?? "";
  const isReal = NODE_ENV === "production" || NODE_ENV === "staging";
  if (!isReal && loopbackHosts.includes(hostname)) return true;
  const where = isReal ? `where NODE_ENV is ${NODE_ENV}` : `on a database of another machine (${hostname})`;
  console.error(`db:${command} is for development; it does not run ${where}.`);
  return false;
}
