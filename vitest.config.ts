import { defineConfig } from "vitest/config";
import { countWorkers } from "./tests/support/connections.ts";

const minute = 60_000;

// Packages of the workspace are used from their sources; those who install them get what was built.
const conditions = ["@gatehouse/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tests/**/*.test.ts", "scripts/**/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    // Only a test that hangs takes so long, however busy the machine is.
    testTimeout: 10 * minute,
    hookTimeout: 10 * minute,
    maxWorkers: await countWorkers(),
    // A file that code writes is compared; its command, such as `pnpm env:example`, updates it.
    update: "none",
    coverage: { include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], reportOnFailure: true },
  },
});
