// pnpm db:<command>: migrations, test users and an SQL prompt, on the embedded database or on DATABASE_URL.
import { existsSync } from "node:fs";
import { describeDatabase, loadConfig, StartupError } from "../packages/server/src/database/tooling.ts";
import { runConsole } from "./database/console.ts";
import { isAllowedHere } from "./database/development-only.ts";
import { kyselyCtl } from "./database/kysely-ctl.ts";
import { makeMigration } from "./database/make.ts";
import { resetDatabase } from "./database/reset.ts";
import { seedDatabase } from "./database/seed.ts";
import { root } from "./pinned-node.mjs";

/** Does its work, says what it did or what went wrong, and answers with the exit code. */
interface Command {
  readonly description: string;
  readonly isForDevelopment?: true;
  /** It prints nothing but what it was asked for, so that a pipe can take it. */
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

process.chdir(root);
if (existsSync(".env")) process.loadEnvFile(".env");
process.exitCode = await main(process.argv.slice(2));

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return explainCommands(name);
  if (command.isForDevelopment && !isAllowedHere(name)) return 1;
  try {
    if (!command.isQuiet) console.log(`Database: ${describeDatabase(loadConfig().database)}`);
    return await command.run(args);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function explainCommands(name: string): number {
  const list = Object.entries(commands).map(([key, { description }]) => `  pnpm db:${key.padEnd(9)} ${description}`);
  console.error(`There is no command "${name}". These are:\n${list.join("\n")}`);
  return 1;
}
