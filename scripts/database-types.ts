// Writes packages/server/src/database/tables.gen.ts from the migrated schema; with --check, fails if it differs.
import { readFile, writeFile } from "node:fs/promises";
import { openDatabase } from "../packages/server/src/database/connection.ts";
import { migrateToLatest } from "../packages/server/src/database/migrate.ts";
import { describeTables } from "../packages/server/src/database/schema-types.ts";

const file = new URL("../packages/server/src/database/tables.gen.ts", import.meta.url);

const db = await openDatabase({ kind: "embedded", directory: undefined }, console.error);
await migrateToLatest(db);
const described = await describeTables(db);
await db.destroy();

if (!process.argv.includes("--check")) {
  await writeFile(file, described);
} else if ((await readFile(file, "utf8")) !== described) {
  console.error("tables.gen.ts differs from the migrated schema. Run: pnpm db:types");
  process.exitCode = 1;
}
