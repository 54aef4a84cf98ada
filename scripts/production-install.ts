// Installs a copy of this folder as the README says for production, starts the server there and calls it: in this
// folder the server could depend on packages that only development installs.
import { equal } from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { startApp } from "../tests/support/server-process.ts";
import { readArguments, runCommand } from "./options.ts";
import { installForProduction, productionSettings } from "./production-copy.ts";
import { run } from "./run-program.ts";

/** Milliseconds after which a listening server that is not ready counts as hanging. */
const readyLimitMillis = 300_000;
const pollMillis = 100;

await runCommand(proveInstall);

async function proveInstall(): Promise<number> {
  readArguments({ command: "pnpm production-install" });
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-production-install-"));
  console.log(`✓ installed: ${installForProduction(folder.path)}`);
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
