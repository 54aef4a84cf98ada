// Runs kysely-ctl, which does the migrations, on the settings of apps/api/kysely.config.ts.
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { migrationsDirectory } from "../../packages/server/src/database/tooling.ts";
import { UsageError } from "../options.ts";
import { root } from "../pinned-node.mjs";

/** Runs a command of kysely-ctl in this terminal, where it prints its errors, and returns its exit code. */
export function kyselyCtl(...command: readonly string[]): number {
  // Without the cache, it compiles every migration and all that they import each time, for more than a second.
  const options = ["--config", "apps/api/kysely.config.ts", "--no-outdated-check", "--filesystem-caching"];
  // Without this level, it prints nothing if NODE_ENV is test. The cache is code, so it does not lie where others can write.
  const env = { ...process.env, CONSOLA_LEVEL: "3", TMPDIR: join(root, "node_modules", ".cache") };
  const { status } = spawnSync(process.execPath, [executable(), ...command, ...options], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  return status ?? 1;
}

function executable(): string {
  const manifest = createRequire(join(root, "apps/api/package.json")).resolve("kysely-ctl/package.json");
  return join(dirname(manifest), "dist", "bin.mjs");
}

/**
 * It fails until somebody has written it: an empty migration would be recorded as done, and its later text never run.
 */
export const migrationTemplate = `import { type Kysely, sql } from "kysely";

/** What changes, and why. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql\`alter table …\`.execute(db);
}

/** Undoes it; says what is lost. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql\`alter table …\`.execute(db);
}
`;

/** `pnpm db:make NAME`: makes a migration file with the next number, and returns the exit code. */
export function makeMigration(name: string | undefined): number {
  if (name === undefined || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new UsageError("Name the migration after what it adds, in small letters and dashes: pnpm db:make add-notes");
  }
  const before = readdirSync(migrationsDirectory);
  const status = kyselyCtl("migrate", "make", name);
  const created = readdirSync(migrationsDirectory).find((file) => !before.includes(file));
  if (created !== undefined) {
    writeFileSync(join(migrationsDirectory, created), migrationTemplate);
    console.log("Write it, run `pnpm db:migrate`, then `pnpm db:types` for the types of the tables.");
  }
  return status;
}
