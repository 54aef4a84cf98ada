// pnpm db:reset: a database as on the first day.
import { kyselyCtl } from "./kysely-ctl.ts";
import { seedDatabase } from "./seed.ts";

/** Undoes every migration, runs them all and adds the users of development; stops at what fails. */
export async function resetDatabase(): Promise<number> {
  const status = kyselyCtl("migrate", "rollback", "--all") || kyselyCtl("migrate", "latest") || (await seedDatabase());
  if (status === 0) console.log("The database is reset: all data is gone, the tables are new, and both users are in.");
  return status;
}
