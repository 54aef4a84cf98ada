import { afterAll, afterEach, expect, test } from "vitest";
import { operatorCall } from "../audit/call.ts";
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

const db = await openDatabase({ kind: "embedded", directory: undefined }, () => undefined);
await migrateToLatest(db);
const config = { reservedUsernames: [] };
const deps = { config, db, clock: systemClock, random: systemRandom, call: operatorCall, passwords, passwordPolicy };

afterEach(() => db.deleteFrom("user").execute());
afterAll(() => db.destroy());

test("seeding adds an admin and a user who can both sign in", async () => {
  expect((await seed(deps)).map(({ isNew }) => isNew)).toEqual([true, true]);
  const admin = await findUserByIdentifier(db, "admin@example.com");
  const user = await findUserByIdentifier(db, "user@example.com");
  expect([admin?.roles, user?.roles]).toEqual([["admin"], []]);
  for (const { hash } of await db.selectFrom("password").select("hash").execute()) {
    expect(await passwords.verify(seedPassword, hash)).toBe(true);
  }
});

test("seeding again only adds missing users", async () => {
  const readAll = async () => [
    await db.selectFrom("user").selectAll().orderBy("id").execute(),
    await db.selectFrom("password").selectAll().orderBy("user_id").execute(),
  ];
  await seed(deps);
  const before = await readAll();
  expect((await seed(deps)).map(({ isNew }) => isNew)).toEqual([false, false]);
  expect(await readAll()).toEqual(before);
  await db.deleteFrom("user").where("email", "=", "admin@example.com").execute();
  expect((await seed(deps)).map(({ isNew }) => isNew)).toEqual([true, false]);
});
