// Runs a program to its end.
import { spawnSync } from "node:child_process";
import { delimiter, dirname } from "node:path";

/** Returns the program's standard output. If the program fails, throws with its whole output. */
export function run(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    // The Node that runs us runs the scripts of packages, too.
    env: { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) },
    // npm and npx are batch files there.
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(" ")} failed in ${cwd}:\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`,
  );
}
