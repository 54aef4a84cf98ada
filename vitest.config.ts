import { defineConfig } from "vitest/config";

const minute = 60_000;

// Packages of the workspace are used from their sources; those who install them get what was built.
const conditions = ["@gatehouse/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    // Generous, since a shared machine may be slow; a test that hangs still ends.
    testTimeout: minute,
    hookTimeout: minute,
    maxWorkers: "100%",
    coverage: { include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], reportOnFailure: true },
  },
});
