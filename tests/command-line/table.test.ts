import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commands, groups } from "../../apps/api/src/cli/commands.ts";
import { runGatehouse } from "../support/command-line.ts";

const root = join(import.meta.dirname, "../..");
const guide = readFileSync(join(root, "docs/guides/command-line.md"), "utf8");

const run = (...args: readonly string[]) => runGatehouse(args, { environment: {} });

describe("the help", () => {
  test("lists every command, and says what the exit codes mean", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const name of new Set(commands.map(({ name }) => name.split(" ")[0])))
      expect(stdout).toContain(`\n  ${name} `);
    expect(stdout).toContain("Exit codes: 0 done, 1 failed, 2 wrong arguments.");
  });

  test.each(Object.keys(groups))("of %s lists its commands", async (group) => {
    const { code, stdout } = await run(group, "--help");
    expect(code).toBe(0);
    for (const { name } of commands.filter((command) => command.name.startsWith(`${group} `))) {
      expect(stdout).toContain(`\n  ${name.split(" ")[1]} `);
    }
  });

  test.each(commands)("of $name has its summary, examples and a guide that exists", async ({ name, ...command }) => {
    const { code, stdout } = await run(...name.split(" "), "--help");
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(command.summary.slice(1));
    for (const { args } of command.examples) expect(stdout).toContain(`  pnpm gatehouse ${args}\n`);
    for (const { args } of command.examples) expect(args.startsWith(name)).toBe(true);
    if (command.guide !== undefined) expect(existsSync(join(root, command.guide))).toBe(true);
  });

  test("has no line of more than 80 characters, except for paths and examples", async () => {
    for (const { name, examples } of commands) {
      const { stdout } = await run(...name.split(" "), "--help");
      const lines = stdout.split("\n").filter((line) => line.length > 80);
      const isExample = (line: string) =>
        examples.some(({ args, summary }) => line.includes(args) || line.includes(summary));
      expect([name, lines.filter((line) => !isExample(line))]).toEqual([name, []]);
    }
  });
});

test.each(commands)("the guide has $name", ({ name }) => {
  expect(guide).toContain(`\`pnpm gatehouse ${name}`);
});

test.each([
  ["nothing", []],
  ["an unknown command", ["nonsense"]],
  ["an unknown option", ["routes", "--nonsense"]],
  ["one argument too many", ["secrets", "extra"]],
  ["a missing argument", ["completion"]],
  ["an argument that is none of the choices", ["completion", "powershell"]],
])("%s gets exit code 2, and a pointer to the help", async (_what, args) => {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("--help");
});
