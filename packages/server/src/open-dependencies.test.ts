import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { expect, test } from "vitest";
import { loadConfig } from "./config.ts";
import { openDependencies } from "./open-dependencies.ts";

test("a hasher that fails while the database is opened fails the start, and nothing else", async () => {
  const config = loadConfig({ NODE_ENV: "test", ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}` });
  const opening = openDependencies(
    {
      config: {
        ...config,
        database: { kind: "embedded", directory: undefined },
        // Argon2 has no hash without a pass.
        passwordHashing: { ...config.passwordHashing, passes: 0 },
      },
      log: pino({ level: "silent" }),
    },
    false,
  );
  // Vitest fails the run if a rejection is not handled meanwhile.
  await expect(opening).rejects.toThrow(/time|pass|iteration/i);
});
