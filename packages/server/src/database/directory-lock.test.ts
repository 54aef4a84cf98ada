import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockDirectory } from "./directory-lock.ts";

const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), "gatehouse-lock-"));

/** A process that holds the lock of the directory until it ends. */
async function holdInAnotherProcess(directory: string) {
  const program = `
    import { lockDirectory } from ${JSON.stringify(join(import.meta.dirname, "directory-lock.ts"))};
    globalThis.lock = lockDirectory(${JSON.stringify(directory)});
    console.log("locked");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { processId: child.pid, kill, [Symbol.asyncDispose]: kill };
}

test("a directory that another process has open is refused with the id of that process", async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, "database");
  await using holder = await holdInAnotherProcess(directory);
  expect(() => lockDirectory(directory)).toThrow(
    expect.objectContaining({
      name: "DatabaseInUseError",
      message: `The embedded database in ${directory} is open in process ${holder.processId}. Stop that one first, or set DATABASE_URL.`,
    }),
  );
});

test("the lock of a killed process is taken over", async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, "database");
  await using holder = await holdInAnotherProcess(directory);
  await holder.kill();
  lockDirectory(directory).release();
});

test("a directory can be locked once within a process, until it is released", async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, "database");
  const lock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`is open in process ${process.pid}`);
  lock.release();
  lockDirectory(directory).release();
});

test("when processes lock a directory at once, one gets it", async () => {
  await using folder = await temporaryFolder();
  const program = `
    import { lockDirectory } from ${JSON.stringify(join(import.meta.dirname, "directory-lock.ts"))};
    process.stdin.once("data", () => {
      try {
        globalThis.lock = lockDirectory(${JSON.stringify(join(folder.path, "database"))});
        console.log("locked");
      } catch (error) {
        console.log(error.name);
      }
    });
    process.stdin.once("end", () => process.exit());
    console.log("ready");`;
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ["--input-type=module", "--eval", program]));
  await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
  const answers = children.map(({ stdout }) => once(stdout, "data"));
  for (const { stdin } of children) stdin.write("go");
  const outcomes = (await Promise.all(answers)).map(([line]) => String(line).trim());
  expect(outcomes.toSorted()).toEqual(["DatabaseInUseError", "DatabaseInUseError", "DatabaseInUseError", "locked"]);
  const exits = children.map((child) => once(child, "exit"));
  for (const { stdin } of children) stdin.end();
  await Promise.all(exits);
});

test("a missing parent folder is reported as such", () => {
  expect(() => lockDirectory("/nowhere/database")).toThrow("unable to open database file");
});
