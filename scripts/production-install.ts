// Installs a copy of this folder as the README says for production, starts the server there and calls it: in this
// folder the server could depend on packages that only development installs.
import { equal } from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { cpSync, readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, matchesGlob } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { startApp } from "../tests/support/server-process.ts";
import { pnpm } from "./install.mjs";
import { readArguments, runCommand } from "./options.ts";
import { root } from "./pinned-node.mjs";
import { run } from "./run-program.ts";

/** Milliseconds after which a listening server that is not ready counts as hanging. */
const readyLimitMillis = 300_000;
const pollMillis = 100;

await runCommand(proveInstall);

async function proveInstall(): Promise<number> {
  readArguments({ command: "pnpm production-install" });
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-production-install-"));
  copyCheckout(folder.path);
  const [command, ...args] = readInstallCommand();
  run(folder.path, command, ...args);
  console.log(`✓ installed: ${command} ${args.join(" ")}`);
  run(folder.path, process.execPath, join("apps", "api", "src", "cli", "main.ts"), "--help");
  console.log("✓ the command line says what it can do");

  await using database = await createOwnDatabase(`gatehouse_install_${randomUUID().slice(0, 8)}`);
  await using server = await startApp({ checkout: folder.path, environment: productionSettings(database.url) });
  console.log(`✓ against the server: ${await checkCalls(server.url)}`);
  const exitCode = await server.stop();
  if (exitCode !== 0) throw new Error(`After SIGTERM the server ended with code ${exitCode}, not 0`);
  console.log("✓ it stopped at SIGTERM, with code 0");
  return 0;
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
function productionSettings(databaseUrl: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    NODE_ENV: "production",
    PUBLIC_URL: "https://accounts.example.com",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
  };
}

/** Prints each call. Throws at an unexpected answer. */
async function checkCalls(url: string): Promise<string> {
  await untilReady(new URL("/health/ready", url));
  const email = "ada@example.com";
  const registered = await call(new URL("/v1/auth/register", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "correct horse battery" }),
  });
  const headers = { authorization: `Bearer ${registered.session.accessToken}` };
  const me = await call(new URL("/v1/users/me", url), { headers });
  equal(me.email, email);
  return "ready, auth.register, user.me";
}

async function untilReady(url: URL): Promise<void> {
  const deadline = performance.now() + readyLimitMillis;
  while (!(await fetch(url)).ok) {
    if (performance.now() > deadline) throw new Error("The server listens, but did not become ready");
    await sleep(pollMillis);
  }
}

async function call(url: URL, init: RequestInit) {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
