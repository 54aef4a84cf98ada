import { migrateToLatest, runSql } from "@gatehouse/server/database";
import { expect, test } from "vitest";
import { violatedUniqueConstraint } from "../../packages/server/src/database/constraint.ts";
import { drivers, openEmpty } from "./drivers.ts";

test.each(drivers)("%s returns the types that the table types promise", async (driver) => {
  await using opened = await openEmpty(driver);
  const { rows } = await runSql(
    opened.db,
    `select 9007199254740993::bigint as big, count(*), 2147483647::int4 as small, true as yes, null as nothing,
      date '2024-02-29' as day, timestamptz '2024-02-29 12:34:56.789+02' as moment,
      array['a', 'b,"c', '', 'null']::text[] as list, array[]::text[] as empty_list, '\\x00ff10'::bytea as bytes,
      '{"a": [1, null, "x"]}'::jsonb as json, 'E1C4F2F0-7D6A-4E0B-9B8B-3C8D0C8E6A11'::uuid as id, 'ä\u{1F510}' as word`,
  );
  const [{ bytes, ...row } = {}] = rows;
  expect(row).toEqual({
    big: "9007199254740993",
    count: "1",
    small: 2_147_483_647,
    yes: true,
    nothing: null,
    day: "2024-02-29",
    moment: new Date("2024-02-29T10:34:56.789Z"),
    list: ["a", 'b,"c', "", "null"],
    empty_list: [],
    json: { a: [1, null, "x"] },
    id: "e1c4f2f0-7d6a-4e0b-9b8b-3c8d0c8e6a11",
    word: "ä🔐",
  });
  expect(bytes).toBeInstanceOf(Uint8Array);
  expect([...(bytes as Uint8Array)]).toEqual([0, 255, 16]);
});

const now = new Date("2024-02-29T12:34:56.789Z");

const user = {
  public_id: "e1c4f2f0-7d6a-4e0b-9b8b-3c8d0c8e6a11",
  email: "Ada@example.com",
  email_canonical: "ada@example.com",
  username: null,
  username_canonical: null,
  given_name: 'O\'Neil "\\" ä🔐',
  family_name: null,
  birth_date: "1990-12-10",
  locale: "en",
  status: "active" as const,
  roles: ["admin", 'b,"c'],
  created_at: now,
  updated_at: now,
  deleted_at: null,
  email_verified_at: now,
  phone: null,
  phone_verified_at: null,
};

test.each(drivers)("%s returns the value that was stored", async (driver) => {
  await using opened = await openEmpty(driver);
  await migrateToLatest(opened.db);
  const inserted = await opened.db.insertInto("user").values(user).returningAll().executeTakeFirstOrThrow();
  expect(inserted).toMatchObject({ id: "1", ...user });
  const bytes = Uint8Array.of(0, 255, 16);
  await opened.db
    .insertInto("signing_key")
    .values({
      id: "k",
      public_jwk: JSON.stringify({ kty: "OKP" }),
      private_key: bytes,
      published_at: now,
      activates_at: now,
    })
    .execute();
  const key = await opened.db.selectFrom("signing_key").selectAll().executeTakeFirstOrThrow();
  expect({ ...key, private_key: Uint8Array.from(key.private_key) }).toEqual({
    id: "k",
    public_jwk: { kty: "OKP" },
    private_key: bytes,
    published_at: now,
    activates_at: now,
  });
});

test.each(drivers)(
  "%s reports the unique constraint or index that a statement violates, and no other",
  async (driver) => {
    await using opened = await openEmpty(driver);
    await runSql(
      opened.db,
      "create table t (a integer constraint a_key unique, b integer constraint b_check check (b > 0))",
    );
    await runSql(opened.db, "create unique index b_index on t (b) where b > 5");
    await runSql(opened.db, "insert into t values (1, 6)");
    const violated = async (values: string) => {
      const error = await runSql(opened.db, `insert into t values (${values})`).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(Error);
      return violatedUniqueConstraint(error);
    };
    expect(await violated("1, 1")).toBe("a_key");
    expect(await violated("2, 6")).toBe("b_index");
    expect(await violated("3, 0")).toBeUndefined();
    expect(await violated("'x'")).toBeUndefined();
  },
);

test("an error of another kind violates no constraint", () => {
  for (const other of [new Error("23505"), { code: "23505", constraint: "x" }, undefined, "23505"]) {
    expect(violatedUniqueConstraint(other)).toBeUndefined();
  }
});
