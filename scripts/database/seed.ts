// pnpm db:seed: the users that development starts with, in a migrated database.
import { createPasswordPolicy } from "../../packages/server/src/auth/password/index.ts";
import { systemClock } from "../../packages/server/src/clock.ts";
import { loadConfig } from "../../packages/server/src/config.ts";
import { createPasswordHasher } from "../../packages/server/src/crypto/password-hashing.ts";
import { systemRandom } from "../../packages/server/src/crypto/random.ts";
import { type SeededUser, seed, seedPassword } from "../../packages/server/src/database/seed.ts";
import { migrateToLatest } from "../../packages/server/src/database/tooling.ts";
import { openConfigured } from "./open.ts";

/** Migrates, adds the users that are missing, and says how to sign in. */
export async function seedDatabase(): Promise<number> {
  await using opened = await openConfigured();
  const migrations = await migrateToLatest(opened.db);
  if (migrations.length > 0) console.log(`Migrated: ${migrations.join(", ")}`);
  const config = loadConfig();
  const passwords = await createPasswordHasher(config.passwordHashing);
  const passwordPolicy = createPasswordPolicy({ config });
  const users = await seed({ db: opened.db, clock: systemClock, random: systemRandom, passwords, passwordPolicy });
  for (const user of users) console.log(describeUser(user));
  const isAnyOld = users.some(({ isNew }) => !isNew);
  console.log(`The password of both is ${seedPassword}${isAnyOld ? ", unless somebody changed it" : ""}.`);
  return 0;
}

function describeUser({ user, isNew }: SeededUser): string {
  const kind = user.roles?.join(", ") ?? "user";
  return `  ${user.email.padEnd(20)} ${kind.padEnd(6)} ${isNew ? "added" : "was there already"}`;
}
