import { expect, test } from "vitest";
import { createPasswordPolicy } from "../auth/password/policy.ts";
import { systemClock } from "../clock.ts";
import { createPasswordHasher } from "../crypto/password-hashing.ts";
import { systemRandom } from "../crypto/random.ts";
import { findUserByIdentifier } from "../user/service.ts";
import { openDatabase } from "./connection.ts";
import { migrateToLatest } from "./migrate.ts";
import { seed, seedPassword } from "./seed.ts";

const passwords = await createPasswordHasher({ memoryKib: 8192, passes: 1, concurrency: 1, maxWaiting: 10 });
const passwordPolicy = createPasswordPolicy({
  config: { passwordMinCharacters: 15, productName: "Gatehouse", publicUrl: "http://localhost:3000" },
});

async function openMigrated() {
  const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);
  await migrateToLatest(db);
  return {
    db,
    deps: { db, clock: systemClock, random: systemRandom, passwords, passwordPolicy },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

test("seeding adds an admin and a user who can both sign in", async () => {
  await using opened = await openMigrated();
  expect((await seed(opened.deps)).map(({ isNew }) => isNew)).toEqual([true, true]);
  const admin = await findUserByIdentifier(opened.db, "admin@example.com");
  const user = await findUserByIdentifier(opened.db, "user@example.com");
  expect([admin?.roles, user?.roles]).toEqual([["admin"], []]);
  for (const { hash } of await opened.db.selectFrom("password").select("hash").execute()) {
    expect(await passwords.verify(seedPassword, hash)).toBe(true);
  }
});

test("seeding again only adds missing users", async () => {
  await using opened = await openMigrated();
  const readAll = async () => [
    await opened.db.selectFrom("user").selectAll().orderBy("id").execute(),
    await opened.db.selectFrom("password").selectAll().orderBy("user_id").execute(),
  ];
  await seed(opened.deps);
  const before = await readAll();
  expect((await seed(opened.deps)).map(({ isNew }) => isNew)).toEqual([false, false]);
  expect(await readAll()).toEqual(before);
  await opened.db.deleteFrom("user").where("email", "=", "admin@example.com").execute();
  expect((await seed(opened.deps)).map(({ isNew }) => isNew)).toEqual([true, false]);
});
