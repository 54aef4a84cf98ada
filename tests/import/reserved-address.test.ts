import { randomBytes } from "node:crypto";
import type { Database } from "@gatehouse/server/database";
import { describe, expect, test } from "vitest";
import { drivers } from "../database/drivers.ts";
import { openMigrated } from "../jobs/migrated.ts";
import { importAll, importReporting } from "../support/imports.ts";

const hourMillis = 3_600_000;

/** Makes the user one who can still take this address back, which they gave up. */
async function reserve(db: Database, owner: string, email: string, expiresAt: Date): Promise<void> {
  const { id } = await db
    .selectFrom("user")
    .select("id")
    .where("email_canonical", "=", owner)
    .executeTakeFirstOrThrow();
  await db
    .insertInto("one_time_token")
    .values({
      user_id: id,
      purpose: "undo_email_change",
      slot: email,
      target: email,
      target_canonical: email,
      digest: randomBytes(32),
      attempts: 0,
      created_at: new Date(0),
      expires_at: expiresAt,
    })
    .execute();
}

const records = [
  { email: "first@example.com" },
  { email: "ADA@example.com", username: "thief" },
  { email: "grace@example.com" },
];

describe.each(drivers)("on %s", (driver) => {
  test.each(["import", "trial"] as const)("%s: an address that its owner can still restore is refused", async (how) => {
    await using opened = await openMigrated(driver);
    const { db } = opened;
    await importAll(db, [{ email: "ada.new@example.com" }, { email: "grace.new@example.com" }]);
    await reserve(db, "ada.new@example.com", "ada@example.com", new Date(Date.now() + hourMillis));
    await reserve(db, "grace.new@example.com", "grace@example.com", new Date(Date.now() - hourMillis));
    const { state, refusals } = await importReporting(db, records, { isTrial: how === "trial" });
    expect(state).toMatchObject({ imported: 2, refused: 1 });
    expect(refusals).toEqual([
      { line: 2, errors: [{ path: "email", message: expect.stringContaining("can still take it back") }] },
    ]);
    const added = await db
      .selectFrom("user")
      .select("email")
      .where(
        "email",
        "in",
        records.map(({ email }) => email),
      )
      .orderBy("id")
      .execute();
    expect(added.map(({ email }) => email)).toEqual(how === "trial" ? [] : ["first@example.com", "grace@example.com"]);
  });
});
