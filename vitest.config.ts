import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { countWorkers } from "./tests/support/connections.ts";

const minute = 60_000;

// Packages of the workspace are used from their sources; those who install them get what was built.
const conditions = ["@gatehouse/source", "module", "node", "development|production"];

/** What the process or the machine does is measured or counted here, so nothing else may have run in the process. */
const measuring = [
  "packages/server/src/crypto/hashing-threads.test.ts",
  "tests/abuse/20-does-an-account-exist.test.ts",
  "tests/abuse/28-jwt.test.ts",
  "tests/abuse/36-cost-of-a-call.test.ts",
  "tests/abuse/36-superjson-sets.test.ts",
  "tests/bad-input/unread-answers.test.ts",
  "tests/live-events/memory.test.ts",
  "tests/passwords/guesses.test.ts",
];

// Each process compiles Node's and npm's modules once for all runs.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/node-compile");

const everyTest = [
  "packages/*/src/**/*.test.ts",
  "apps/*/src/**/*.test.ts",
  "tests/**/*.test.ts",
  "scripts/**/*.test.ts",
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    // Only a test that hangs takes so long, however busy the machine is.
    testTimeout: 10 * minute,
    hookTimeout: 10 * minute,
    maxWorkers: await countWorkers(),
    // What a test puts in place of something, such as `fetch`, is gone before the next one, whatever file that is in.
    restoreMocks: true,
    unstubGlobals: true,
    unstubEnvs: true,
    // A file that code writes is compared; its command, such as `pnpm env:example`, updates it.
    update: "none",
    coverage: { include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], reportOnFailure: true },
    projects: [
      // No module holds state, so files that run in one process share the modules: to load them takes 3 s of CPU time.
      {
        extends: true,
        test: {
          name: "shared",
          include: everyTest,
          exclude: [...configDefaults.exclude, ...measuring],
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: measuring, isolate: true } },
    ],
  },
});
