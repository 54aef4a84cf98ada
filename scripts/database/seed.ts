// The work of pnpm db:seed and pnpm db:reset, which add the users for development.
import { operatorCall } from "../../packages/server/src/audit/call.ts";
import { createPasswordPolicy } from "../../packages/server/src/auth/password/policy.ts";
import { systemClock } from "../../packages/server/src/clock.ts";
import { loadConfig } from "../../packages/server/src/config.ts";
import { createPasswordHasher } from "../../packages/server/src/crypto/password-hashing.ts";
import { systemRandom } from "../../packages/server/src/crypto/random.ts";
import { type SeededUser, seed, seedPassword } from "../../packages/server/src/database/seed.ts";
import { migrateToLatest, openUsable } from "../../packages/server/src/database/tooling.ts";
import { kyselyCtl } from "./kysely-ctl.ts";

/** Migrates, adds the users that are missing, and says how to sign in. */
export async function seedDatabase(): Promise<number> {
  const config = loadConfig();
  await using opened = new AsyncDisposableStack();
  const db = opened.adopt(await openUsable(config.database, sayBroken), (open) => open.destroy());
  const migrations = await migrateToLatest(db);
  if (migrations.length > 0) console.log(`Migrated: ${migrations.join(", ")}`);
  const passwords = await createPasswordHasher(config.passwordHashing);
  const passwordPolicy = createPasswordPolicy({ config });
  const acting = { clock: systemClock, random: systemRandom, call: operatorCall };
  const users = await seed({ config, db, ...acting, passwords, passwordPolicy });
  for (const user of users) console.log(describeUser(user));
  const isAnyOld = users.some(({ isNew }) => !isNew);
  console.log(`The password of both is ${seedPassword}${isAnyOld ? ", unless somebody changed it" : ""}.`);
  return 0;
}

function describeUser({ user, isNew }: SeededUser): string {
  const kind = user.roles?.join(", ") ?? "user";
  return `  ${user.email.padEnd(20)} ${kind.padEnd(6)} ${isNew ? "added" : "was there already"}`;
}

const sayBroken = (error: Error) => console.error(`A connection broke: ${error.message}`);

/** Undoes every migration, runs them all and adds the users for development; stops at the first error. */
export async function resetDatabase(): Promise<number> {
  const status = kyselyCtl("migrate", "rollback", "--all") || kyselyCtl("migrate", "latest") || (await seedDatabase());
  if (status === 0) console.log("The database is reset: all data is gone, the tables are new, and both users are in.");
  return status;
}
