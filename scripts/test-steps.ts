// The checks that `npm test` runs before the tests, in order; each counts as one test.

/** A program of the pinned Node, and what it proves. */
export interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

/** Each must exit with 0. */
export const steps: readonly Step[] = [
  { name: "lint", args: ["node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--colors=off", "."] },
  { name: "types", args: ["scripts/types.ts"] },
  { name: "unused", args: ["node_modules/knip/bin/knip.js"] },
  { name: "directions", args: ["scripts/directions.ts"] },
  { name: "env-example", args: ["scripts/env-example.ts"] },
  { name: "error-docs", args: ["scripts/error-docs.ts"] },
  { name: "table-types", args: ["scripts/database-types.ts", "--check"] },
  { name: "mail-layout", args: ["scripts/mail-build.ts"] },
  { name: "weight", args: ["scripts/weight.ts"] },
  { name: "production-install", args: ["scripts/production-install.ts"] },
  { name: "packed-client", args: ["scripts/packed-client.ts"] },
];

/** The tests proper; their own counts enter the sum. */
export const tests: Step = { name: "vitest", args: ["node_modules/vitest/vitest.mjs", "run"] };
