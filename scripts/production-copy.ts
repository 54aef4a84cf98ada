// A production install in a copy of this folder, as the README describes it.
import { randomBytes } from "node:crypto";
import { cpSync, readFileSync } from "node:fs";
import { basename, join, matchesGlob } from "node:path";
import { pnpm } from "./install.mjs";
import { root } from "./pinned-node.mjs";
import { run } from "./run-program.ts";

/** Copies this folder into another one, installs there as the README says, and returns the command. Throws if it fails. */
export function installForProduction(folder: string): string {
  copyCheckout(folder);
  const [command, ...args] = readInstallCommand();
  run(folder, command, ...args);
  return [command, ...args].join(" ");
}

/** Copies everything that `.gitignore` does not name into the folder, without git, which the machine may not have. */
function copyCheckout(folder: string): void {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n").filter(Boolean).map(toName);
  const isTracked = (path: string) => ![".git", ...ignored].some((name) => matchesGlob(basename(path), name));
  cpSync(root, folder, { recursive: true, filter: isTracked });
}

/** It contains only names, of files and, with a slash, of folders; this code would misread a path. */
function toName(line: string): string {
  const name = line.replace(/\/$/, "");
  if (/[/!#]/.test(name)) throw new Error(`.gitignore has "${line}", which is not a name`);
  return name;
}

/**
 * Returns the program and its arguments from the README, since operators follow it. Throws if it names another pnpm
 * than the pinned one.
 */
function readInstallCommand(): [command: string, ...args: string[]] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, version, args] = /^npx (pnpm@\S+) (install --prod .*)$/m.exec(readme) ?? [];
  if (version !== pnpm || args === undefined) throw new Error(`README.md has no "npx ${pnpm} install --prod …"`);
  return ["npx", "--yes", version, ...args.split(" ")];
}

/** The environment of a production server: only the variables that the README requires. */
export function productionSettings(databaseUrl: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    NODE_ENV: "production",
    PUBLIC_URL: "https://accounts.example.com",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
  };
}
