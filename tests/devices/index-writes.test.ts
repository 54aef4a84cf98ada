import { describe, expect, test, vi } from "vitest";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { linkDevice, newDeviceSecret, newInstallationId } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { patience } from "../support/patience.ts";
import { registerAccount } from "../support/rest.ts";

describe.skipIf(postgresUnreachable)("a known device", () => {
  test("is updated by sign-ins and links without a write to any index", async () => {
    await using database = await createTestDatabase();
    const device = { installationId: newInstallationId(), deviceSecret: newDeviceSecret(), platform: "android" };
    {
      await using server = await startGatehouse({ database, environment: { JOBS: "off" } });
      const { email: identifier, password } = await registerAccount(server.url, { device });
      for (const appVersion of ["1.0", "1.1"]) {
        server.clock.advance(60);
        const named = { ...device, appVersion, locale: "en", timeZone: "Europe/Madrid" };
        const { session } = (await login(server.url, { identifier, password, device: named })).body;
        server.clock.advance(60);
        expect((await linkDevice(server.url, session, named)).status).toBe(200);
      }
    }
    // PostgreSQL counts what a connection did when that has closed.
    await vi.waitFor(async () => {
      const [counts] = await database.query(
        "select n_tup_upd::int as updates, n_tup_hot_upd::int as heap_only from pg_stat_user_tables where relname = 'device'",
      );
      expect(counts).toEqual({ updates: 4, heap_only: 4 });
    }, patience);
  });
});
