import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));

/** Starts the app, which loads all of itself and then misses its settings. With `NODE_DEBUG_NATIVE` Node tells what it does. */
async function start(environment: Readonly<Record<string, string>>) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [main], { env: { PATH, NODE_ENV: "production", ...environment } });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, stderr, output: stdout + stderr };
}

test("a start uses the code that an earlier start compiled", async () => {
  await start({});
  const { code, output } = await start({ NODE_DEBUG_NATIVE: "COMPILE_CACHE" });
  expect(code).toBe(1);
  const fromCache = (file: string, kind: string) => new RegExp(`${kind} .*/${file}(\\.\\.\\.success| was accepted)`);
  expect(output).toMatch(fromCache("server/src/gatehouse.ts", "transpile cache for StrippedTypeScript"));
  expect(output).toMatch(fromCache("server/src/gatehouse.ts", "V8 code cache for ESM"));
});

test("a start that cannot make the folder for compiled code fails and says the same as any other", async () => {
  const [usual, without] = await Promise.all([start({}), start({ NODE_COMPILE_CACHE: `${main}/nowhere` })]);
  expect(without.stderr).toMatch(/^ConfigError: /);
  expect(without).toEqual(usual);
});
