import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { readWholeNumber, UsageError } from "./options.ts";
import { root } from "./pinned-node.mjs";
import { runStep } from "./test-steps.ts";

/** Every command of package.json that is a script of this repository, with a wrong argument and what is said of it. */
const wrongArguments: readonly (readonly [string, string])[] = [
  [
    "scripts/test.ts --olny=lint",
    `Unknown option '--olny'; npm test -- takes texts of the paths of test files, --only=….`,
  ],
  ["scripts/test.ts --only=lnit", 'There is no step "lnit", only lint, types, '],
  ["scripts/test.ts --only=lint sessions", 'Only the step vitest takes a text, "sessions".'],
  ["scripts/test.ts --only", "Option '--only <value>' argument missing; npm test -- takes "],
  ["scripts/start.mjs --port=4000", "settings come from the environment and .env: PORT=4000 npm start"],
  ["scripts/directions.ts --fix", "Unknown option '--fix'; pnpm directions takes no arguments."],
  ["scripts/weight.ts 100", '"100" is one argument too many; pnpm weight takes no arguments.'],
  ["scripts/mail-preview.ts --language=en", "Unknown option '--language'; pnpm mail:preview takes no arguments."],
  ["scripts/packed-client.ts here", '"here" is one argument too many; pnpm packed-client takes no arguments.'],
  [
    "scripts/production-install.ts here",
    '"here" is one argument too many; pnpm production-install takes no arguments.',
  ],
  [
    "scripts/prove-sessions.ts --schedules 1",
    "Unknown option '--schedules'; pnpm prove:sessions takes --runs=…, --seed=…",
  ],
  ["scripts/prove-sessions.ts --runs=many", '--runs takes a whole number of at least 1, not "many".'],
  ["scripts/prove-sessions.ts --path=a", "--path takes numbers with colons between them, as a failure names them"],
  ["scripts/database.ts migrat", 'There is no command "migrat". These are:\n  pnpm db:make '],
  ["scripts/database.ts status now", '"now" is one argument too many; pnpm db:status takes no arguments.'],
  ["scripts/database.ts make Notes", "Name the migration after what it adds, in small letters and dashes"],
];

test.each(wrongArguments)(
  "node %s: a wrong option gets a sentence and exit code 2, without a stack trace",
  async (command, said) => {
    const { code, output } = await runStep(command.split(" "), "keep");
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(said) });
    expect(output).not.toMatch(/^ +at |node:internal/m);
  },
);

test.each(["", " ", "many", "1e3.5", "1.5", "0", "-1", "NaN", "9007199254740993"])(
  "%j is refused as a count",
  (text) => {
    const said = `--runs takes a whole number of at least 1, not "${text}".`;
    expect(() => readWholeNumber("runs", text)).toThrow(new UsageError(said));
  },
);

test("a whole number may be negative where the option allows it", () => {
  expect(readWholeNumber("runs", "20000")).toBe(20_000);
  expect(readWholeNumber("seed", "-7", -(2 ** 31))).toBe(-7);
});

test("npm test with a text runs only the files whose path contains it, and lists the slowest", async () => {
  const postgres = inject("postgres");
  // The server of this run will do; to start another takes seconds of CPU time.
  const variables = "url" in postgres ? { TEST_DATABASE_URL: postgres.url } : {};
  const { output } = await runStep([join(root, "scripts/test.ts"), "database/statements"], "keep", variables);
  const lines = output.split("\n");
  expect(lines.at(-1)).toBe("13 passed, 0 failed");
  expect(lines.at(-2)).toMatch(/^ +\d+\.\d s {2}scripts\/database\/statements\.test\.ts$/);
  expect(output).not.toContain("lint");
});
