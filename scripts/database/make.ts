// pnpm db:make NAME: a new migration file with the next number.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { migrationsDirectory } from "../../packages/server/src/database/tooling.ts";
import { kyselyCtl } from "./kysely-ctl.ts";

/** It fails until somebody has written it: one that did nothing would be recorded as done, and its later text never run. */
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

/** Makes the file; answers with the exit code. */
export function makeMigration(name: string | undefined): number {
  if (name === undefined || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    console.error("Name the migration after what it adds, in small letters and dashes: pnpm db:make add-notes");
    return 1;
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
