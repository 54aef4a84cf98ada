import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../apps/api/src/main.ts", import.meta.url));

/** Prints the names of Node's own modules that the process has loaded when it ends. */
const printBuiltins = `data:text/javascript,process.on("exit", () => console.log(process.moduleLoadList.join("\\n")))`;

/** Starts the app, which loads all of itself and then misses its settings. Returns all that Node says of its modules. */
async function listLoaded(): Promise<string> {
  const { PATH } = process.env;
  const child = spawn(process.execPath, ["--import", printBuiltins, main], {
    env: { PATH, NODE_ENV: "production", NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return stdout + stderr;
}

test("a start loads none of the modules that most servers never use", async () => {
  const loaded = await listLoaded();
  expect(loaded).toContain("/server/src/gatehouse.ts");
  expect(loaded).toContain("NativeModule _http_server");
  const unused = [
    "@electric-sql/pglite",
    "ioredis",
    "libphonenumber-js",
    "nodemailer",
    "trpc-to-openapi",
    "internal/deps/undici",
  ];
  expect(
    unused.filter((name) => loaded.includes(`/node_modules/${name}/`) || loaded.includes(`NativeModule ${name}/`)),
  ).toEqual([]);
});
