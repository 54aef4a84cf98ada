import { describe, expect, test } from "vitest";
import { drivers } from "../database/drivers.ts";
import { openMigrated } from "../jobs/migrated.ts";
import { importReporting } from "../support/imports.ts";

const passwordHash = "$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS";

const records = [
  { username: "ada", passwordHash },
  { username: "Grace", givenName: "Grace", passwordHash },
  { username: "ADA", passwordHash },
  { email: "bob@example.com" },
  { givenName: "Nobody" },
  { username: "linus", emailVerified: true, passwordHash },
];

describe.each(drivers)("on %s", (driver) => {
  test.each(["import", "trial"] as const)(
    "an %s takes users without an address where usernames are allowed",
    async (how) => {
      await using opened = await openMigrated(driver);
      const options = { isTrial: how === "trial", identifiers: ["email", "username"] } as const;
      const { state, refusals } = await importReporting(opened.db, records, options);
      expect(state).toMatchObject({ imported: 3, refused: 3 });
      expect(refusals.map(({ line, errors }) => [line, ...errors.map(({ path }) => path)])).toEqual([
        [3, "username"],
        [5, "email", "username"],
        [6, "emailVerified"],
      ]);
      const rows = await opened.db
        .selectFrom("user")
        .select(["email", "email_canonical", "username"])
        .orderBy("id")
        .execute();
      const imported = [
        { email: null, email_canonical: null, username: "ada" },
        { email: null, email_canonical: null, username: "Grace" },
        { email: "bob@example.com", email_canonical: "bob@example.com", username: null },
      ];
      expect(rows).toEqual(how === "trial" ? [] : imported);
    },
  );

  test("an import refuses a user with neither an address nor a password, who could never sign in", async () => {
    await using opened = await openMigrated(driver);
    const { state, refusals } = await importReporting(opened.db, [{ username: "ada" }], {
      identifiers: ["email", "username"],
    });
    expect(state).toMatchObject({ imported: 0, refused: 1 });
    expect(refusals[0]?.errors).toMatchObject([{ path: "passwordHash" }]);
  });

  test("an import takes users with a proven number alone where numbers are allowed", async () => {
    await using opened = await openMigrated(driver);
    const numbered = [
      { phone: "+34 600 12 34 56", phoneVerified: true, passwordHash },
      { phone: "+34600123456", phoneVerified: true, passwordHash },
      { phone: "+34600123457", passwordHash },
      { phone: "+34600123458", phoneVerified: true },
    ];
    const { state, refusals } = await importReporting(opened.db, numbered, { identifiers: ["email", "phone"] });
    expect(state).toMatchObject({ imported: 1, refused: 3 });
    expect(refusals.map(({ line, errors }) => [line, ...errors.map(({ path }) => path)])).toEqual([
      [2, "phone"],
      [3, "email", "phone"],
      [4, "passwordHash"],
    ]);
  });

  test("an import refuses them where an address is required", async () => {
    await using opened = await openMigrated(driver);
    const { state, refusals } = await importReporting(opened.db, records);
    expect(state).toMatchObject({ imported: 1, refused: 5 });
    expect(refusals[0]).toEqual({ line: 1, errors: [{ path: "email", message: "Required: email" }] });
  });

  test("an import takes users with an address where only usernames are registered", async () => {
    await using opened = await openMigrated(driver);
    const { state } = await importReporting(opened.db, records, { identifiers: ["username"] });
    expect(state).toMatchObject({ imported: 3, refused: 3 });
  });
});
