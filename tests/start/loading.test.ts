import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));

interface Loading {
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the app without its settings: it loads all of its modules, and then ends because of the settings. */
async function loadApp({ nodeOptions = [], environment = {} }: Loading = {}) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [...nodeOptions, main], {
    env: { PATH, NODE_ENV: "production", ...environment },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, stderr, output: stdout + stderr };
}

/** Makes Node say which files it loads, and which of them it has compiled before. */
const explained = { NODE_DEBUG_NATIVE: "COMPILE_CACHE" };

/** Prints the names of Node's own modules that the process has loaded when it ends. */
const printBuiltins = `data:text/javascript,process.on("exit", () => console.log(process.moduleLoadList.join("\\n")))`;

test("a start uses the code that an earlier start compiled", async () => {
  await loadApp();
  const { code, output } = await loadApp({ environment: explained });
  expect(code).toBe(1);
  const fromCache = (file: string, kind: string) => new RegExp(`${kind} .*/${file}(\\.\\.\\.success| was accepted)`);
  expect(output).toMatch(fromCache("server/src/gatehouse.ts", "transpile cache for StrippedTypeScript"));
  expect(output).toMatch(fromCache("server/src/gatehouse.ts", "V8 code cache for ESM"));
});

test("the app loads in the same way if the folder for compiled code cannot be made", async () => {
  const unusable = { NODE_COMPILE_CACHE: `${main}/nowhere` };
  const [usual, without] = await Promise.all([loadApp(), loadApp({ environment: unusable })]);
  expect(without.stderr).toMatch(/^ConfigError: /);
  expect(without).toEqual(usual);
});

test("a start loads none of the modules that most servers never use", async () => {
  const { output: loaded } = await loadApp({ nodeOptions: ["--import", printBuiltins], environment: explained });
  expect(loaded).toContain("/server/src/gatehouse.ts");
  expect(loaded).toContain("NativeModule _http_server");
  const unused = [
    "@electric-sql/pglite",
    "@simplewebauthn/server",
    "ioredis",
    "libphonenumber-js",
    "nodemailer",
    "trpc-to-openapi",
    "internal/deps/undici",
  ];
  const isLoaded = (name: string) =>
    loaded.includes(`/node_modules/${name}/`) || loaded.includes(`NativeModule ${name}/`);
  expect(unused.filter(isLoaded)).toEqual([]);
});
