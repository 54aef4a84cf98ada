import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createGatehouse, loadConfig } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { jobs } from "../../apps/api/src/jobs.ts";
import { routers } from "../../apps/api/src/routers.ts";
import { run } from "../../apps/api/src/run.ts";
import { runHere } from "../support/command-line.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { processEnvironment } from "../support/process-environment.ts";

const main = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));
const goodKeys = (version = 1) => `${version}:${randomBytes(32).toString("base64")}`;

const production = {
  NODE_ENV: "production",
  PORT: "0",
  PUBLIC_URL: "https://accounts.example.com",
  // Nobody listens there: what starts in spite of its configuration fails for another reason.
  DATABASE_URL: "postgres://gatehouse@127.0.0.1:1/gatehouse",
};

/** Runs the app in the tests' process until it has failed. */
async function start(environment: Readonly<Record<string, string>>) {
  const { code, stderr, stdout } = await runHere({ environment }, async () => {
    const { exitCode } = process;
    try {
      await run(() => createGatehouse({ config: loadConfig(), routers, jobs }));
      return Number(process.exitCode);
    } finally {
      process.exitCode = exitCode;
    }
  });
  return { code, output: stderr, stdout };
}

/** Runs the app in a process of its own until it ends by itself. */
async function startProcess(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main], { env: { ...processEnvironment, ...environment } });
  const ended = [text(child.stderr), text(child.stdout), once(child, "exit")] as const;
  const [output, stdout, [code]] = await Promise.all(ended);
  return { code, output, stdout };
}

/** Expects what an operator needs: the name of the variable in a sentence, and neither a stack nor the secret. */
function expectComplaint({ code, output }: { code: unknown; output: string }, variable: string, value: string): void {
  expect(code).toBe(1);
  expect(output).toMatch(new RegExp(`\\b${variable}\\b.*[a-z]{3,}.*\\.`));
  expect(output).not.toMatch(/\n\s+at /);
  expect(output).not.toMatch(/node_modules|\.ts\b/);
  if (/[\w+/]{20}/.test(value)) expect(output).not.toContain(value);
}

describe("row 29: a wrong configuration does not start (GHSA-8fpg-xm3f-6cx3)", () => {
  test.each([
    ["missing", ""],
    ["a key without a version", randomBytes(32).toString("base64")],
    ["too short", `1:${randomBytes(16).toString("base64")}`],
    ["all zeros", `1:${Buffer.alloc(32).toString("base64")}`],
    ["one character again and again", `1:${"A".repeat(43)}=`],
    ["a phrase", `1:${Buffer.from("correct horse battery staple abc".padEnd(32)).toString("base64")}`],
    ["two keys of one version", `${goodKeys()},${goodKeys()}`],
    ["one good key and one weak", `${goodKeys()},2:${"A".repeat(43)}=`],
    ["the example of .env.example", "1:<output of openssl rand -base64 32>"],
  ])("ENCRYPTION_KEYS that is %s", async (_what, value) => {
    expectComplaint(await start({ ...production, ENCRYPTION_KEYS: value }), "ENCRYPTION_KEYS", value);
  });

  test.each([
    ["PUBLIC_URL", ""],
    ["PUBLIC_URL", "http://accounts.example.com"],
    ["DATABASE_URL", ""],
    ["NODE_ENV", "prod"],
    ["NODE_ENV", ""],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["PORT", "http"],
    ["ENCRYPTION_KEY_VERSION", "2"],
    ["TRUSTED_PROXIES", "*"],
    ["PASSWORD_HASH_MEMORY_KIB", "16"],
  ])("%s=%s", async (name, value) => {
    const environment = { ...production, ENCRYPTION_KEYS: goodKeys(), [name]: value };
    expectComplaint(await start(environment), name, value);
  });

  test("all errors are reported at once", async () => {
    const { output } = await start({ ...production, ENCRYPTION_KEYS: "x", PORT: "x", LOG_LEVEL: "x" });
    for (const name of ["ENCRYPTION_KEYS", "PORT", "LOG_LEVEL"]) expect(output).toContain(`${name}: `);
  });

  test("staging is as strict as production", async () => {
    expectComplaint(await start({ ...production, NODE_ENV: "staging" }), "ENCRYPTION_KEYS", "");
  });

  test("an unreachable database, whose error does not contain the password", async () => {
    const address = "postgres://gatehouse:a-very-secret-password@127.0.0.1:1/gatehouse";
    const result = await startProcess({ ...production, ENCRYPTION_KEYS: goodKeys(), DATABASE_URL: address });
    expectComplaint(result, "DATABASE_URL", "a-very-secret-password");
  });
});

test("row 29: a misspelt variable is reported at the start", async () => {
  // The log comes before the database that cannot be reached.
  const environment = { ...production, ENCRYPTION_KEYS: goodKeys(), REGISTRATON_MODE: "verified" };
  const { stdout } = await startProcess(environment);
  expect(stdout).toContain("REGISTRATON_MODE is no variable of Gatehouse. Is REGISTRATION_MODE meant?");
});

test.skipIf(postgresUnreachable)("row 29: a server whose keys did not seal the data does not start", async () => {
  await using database = await createTestDatabase();
  const environment = { NODE_ENV: "test", PORT: "0", DATABASE_URL: database.url, JOBS: "off" };
  {
    await using server = await startGatehouse({
      database,
      environment: { ...environment, ENCRYPTION_KEYS: goodKeys() },
    });
    expect(server.url).toMatch(/^http:/);
  }
  const others = goodKeys();
  expectComplaint(await start({ ...environment, ENCRYPTION_KEYS: others }), "ENCRYPTION_KEYS", others);
});

test.skipIf(postgresUnreachable)("row 29: a server that lacks a key in use does not start", async () => {
  await using database = await createTestDatabase();
  const environment = { NODE_ENV: "test", PORT: "0", DATABASE_URL: database.url, JOBS: "off" };
  const [old, fresh] = [goodKeys(1), goodKeys(2)];
  {
    await using server = await startGatehouse({ database, environment: { ...environment, ENCRYPTION_KEYS: old } });
    expect(server.url).toMatch(/^http:/);
  }
  const result = await start({ ...environment, ENCRYPTION_KEYS: fresh });
  expectComplaint(result, "ENCRYPTION_KEYS", fresh);
  expect(result.output).toContain("no version 1, which sealed signing keys");
  const both = { ...environment, ENCRYPTION_KEYS: `${fresh},${old}` };
  await using server = await startGatehouse({ database, environment: both });
  expect(server.url).toMatch(/^http:/);
});
