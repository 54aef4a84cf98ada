// better-auth on bare node:http: sessions by its bearer plugin, its rate limit off, in a database of its own.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";
import { Pool } from "pg";
import { serveParent } from "../processes/serve-parent.ts";
import { serveHttp } from "./listen.ts";

interface BetterAuthSettings {
  /** Of an empty database. */
  readonly databaseUrl: string;
  readonly poolSize: number;
}

serveParent(async ({ databaseUrl, poolSize }: BetterAuthSettings) => {
  const database = new Pool({ connectionString: databaseUrl, max: poolSize });
  const auth = betterAuth({
    database,
    baseURL: "http://127.0.0.1",
    secret: "only for the length of a benchmark, and of no use to anybody",
    emailAndPassword: { enabled: true },
    plugins: [bearer()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
  });
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const { ready, stop } = await serveHttp(createServer(toNodeHandler(auth)));
  return { ready, stop: () => stop().finally(() => database.end()) };
});
