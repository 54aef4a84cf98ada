import { describe, expect, test } from "vitest";
import { registerWithRoles, setRoles } from "../support/administrators.ts";
import { registerProven } from "../support/links.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

type Query = Readonly<Record<string, string>>;

const server = shareGatehouse();

const list = (by: Pick<Account, "accessToken">, query: Query = {}) =>
  rest(server().url, `/v1/users?${new URLSearchParams(query)}`, { token: by.accessToken });

/** The addresses that a search finds, sorted. */
async function find(by: Account, query: Query): Promise<readonly string[]> {
  const { status, body } = await list(by, { limit: "100", ...query });
  expect([query, status]).toEqual([query, 200]);
  return body.items.map(({ email }: { email: string }) => email).toSorted();
}

/** All pages of a list. */
async function readAll(by: Account, query: Query): Promise<readonly { id: string; email: string }[]> {
  const items = [];
  let cursor: string | null = null;
  do {
    const { body } = await list(by, { ...query, ...(cursor === null ? {} : { cursor }) });
    items.push(...body.items);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return items;
}

describe("a search", () => {
  test("finds accounts by any part of their texts, without regard to case", async () => {
    const admin = await registerWithRoles(server());
    const email = `Quillfeather.${crypto.randomUUID()}@Example.com`;
    const names = { givenName: "Zoë", familyName: "Brøndby-O'Neil", username: `zq-${crypto.randomUUID().slice(0, 8)}` };
    await registerAccount(server().url, { email, ...names });
    for (const search of [
      "QUILLFEATHER",
      "llfeat",
      "brøndby",
      "zoë brøndby",
      "O'Neil",
      names.username,
      " quillfeather. ",
    ]) {
      expect([search, await find(admin, { search })]).toEqual([search, [email]]);
    }
    expect(await find(admin, { search: "quillfeatherx" })).toEqual([]);
  });

  test("finds an account by its id, and by one or two letters at the beginning of a word", async () => {
    const admin = await registerWithRoles(server());
    const found = await registerAccount(server().url, { givenName: "Xy" });
    await registerAccount(server().url, { givenName: "Foxy" });
    expect(await find(admin, { search: found.userId })).toEqual([found.email]);
    expect(await find(admin, { search: found.userId.toUpperCase() })).toEqual([found.email]);
    expect(await find(admin, { search: "xy" })).toEqual([found.email]);
  });

  test("takes every character as it is", async () => {
    const admin = await registerWithRoles(server());
    const name = "50%_off \\ 💥";
    const { email } = await registerAccount(server().url, { givenName: name });
    for (const search of ["%", "_off", "50%_", "\\", "💥", name]) {
      expect([search, await find(admin, { search })]).toEqual([search, [email]]);
    }
    const others = [
      "''; drop table \"user\"",
      '"',
      "%%%",
      "💥💥",
      "..",
      "a".repeat(10_000),
      "💥".repeat(800),
      "𝔞".repeat(100),
    ];
    for (const search of others) expect([search, await find(admin, { search })]).toEqual([search, []]);
    expect((await find(admin, { search: "@" })).length).toBeGreaterThan(1);
    expect((await find(admin, { search: "" })).length).toBeGreaterThan(1);
  });
});

describe("the list of accounts", () => {
  test("has every account once, in each order, however it is paged", async () => {
    const admin = await registerWithRoles(server());
    const mark = `mark${crypto.randomUUID().slice(0, 8)}`;
    const made = [];
    for (let number = 0; number < 7; number++) {
      made.push(await registerAccount(server().url, { email: `${number}.${mark}@example.com` }));
      // Three have the same time.
      if (number % 3 === 2) server().clock.advance(1);
    }
    const emails = made.map(({ email }) => email);
    const orders = {
      createdAt: emails,
      "-createdAt": emails.toReversed(),
      email: emails,
      "-email": emails.toReversed(),
    };
    for (const [sort, expected] of Object.entries(orders)) {
      for (const filter of [{ search: mark }, { createdFrom: "2000-01-01T00:00:00Z", search: `.${mark}@` }]) {
        const items = await readAll(admin, { ...filter, sort, limit: "2" });
        expect([sort, items.map(({ email }) => email)]).toEqual([sort, expected]);
      }
      const everybody = await readAll(admin, { sort, limit: "3" });
      expect(new Set(everybody.map(({ id }) => id)).size).toBe(everybody.length);
      expect(everybody.map(({ email }) => email).filter((email) => email.includes(mark))).toEqual(expected);
    }
  });

  test("is filtered by role, state, time and proof", async () => {
    const admin = await registerWithRoles(server());
    const mark = `mark${crypto.randomUUID().slice(0, 8)}`;
    const register = (name: string) => registerAccount(server().url, { email: `${name}.${mark}@example.com` });
    const [clerk, disabled, deleted] = [await register("clerk"), await register("disabled"), await register("deleted")];
    await setRoles(server().url, admin, clerk.userId, ["support"]);
    const { accessToken: token } = admin;
    await rest(server().url, `/v1/users/${disabled.userId}/disable`, { token, body: { reason: "test" } });
    await rest(server().url, `/v1/users/${deleted.userId}`, { token, method: "DELETE" });
    const between = server().clock.now().toISOString();
    server().clock.advance(60);
    const proven = await registerProven(server(), { email: `proven.${mark}@example.com` });
    const found = async (query: Query) =>
      (await find(admin, { search: mark, ...query })).map((email) => email.split(".")[0]);
    expect(await found({})).toEqual(["clerk", "disabled", "proven"]);
    expect(await found({ role: "support" })).toEqual(["clerk"]);
    expect(await found({ role: "user" })).toEqual(["clerk", "disabled", "proven"]);
    expect(await found({ role: "nobody" })).toEqual([]);
    expect(await found({ status: "active" })).toEqual(["clerk", "proven"]);
    expect(await found({ status: "disabled" })).toEqual(["disabled"]);
    expect(await found({ status: "deleted" })).toEqual(["deleted"]);
    expect(await found({ status: "deactivated" })).toEqual([]);
    expect(await found({ emailVerified: "true" })).toEqual(["proven"]);
    expect(await found({ emailVerified: "false", status: "active" })).toEqual(["clerk"]);
    expect(await found({ createdFrom: between, search: proven.email })).toContain("proven");
    expect(await found({ createdTo: new Date(server().clock.now().getTime() - 1000).toISOString() })).not.toContain(
      "proven",
    );
    expect(await find(admin, { status: "deleted", role: "support" })).toEqual([]);
  });

  test("refuses a cursor that it did not return, and one of another filter or order", async () => {
    const admin = await registerWithRoles(server());
    await registerAccount(server().url);
    const { body } = await list(admin, { limit: "1" });
    const devices = server().gatehouse.deps.cursors.encode(`devices:${admin.userId}`, "1");
    const tampered = `${body.nextCursor.slice(0, -2)}${body.nextCursor.endsWith("AA") ? "BB" : "AA"}`;
    const refused = async (query: Query) => {
      const answer = await list(admin, query);
      return [answer.status, answer.body.errors?.[0].path];
    };
    for (const cursor of ["", "x", "💥", devices, tampered]) expect(await refused({ cursor })).toEqual([400, "cursor"]);
    for (const other of [{ sort: "email" }, { search: "ada" }, { status: "active" }]) {
      expect(await refused({ cursor: body.nextCursor, ...other })).toEqual([400, "cursor"]);
    }
    expect((await list(admin, { limit: "1", cursor: body.nextCursor })).status).toBe(200);
  });

  test("refuses filters that are none", async () => {
    const admin = await registerWithRoles(server());
    const wrong: Query[] = [
      { sort: "id" },
      { status: "ACTIVE" },
      { role: "'" },
      { emailVerified: "maybe" },
      { createdFrom: "yesterday" },
      { createdTo: "0000-01-01T00:00:00Z" },
      { createdTo: "9999-12-31T23:59:59-14:00" },
      { limit: "101" },
      { order: "email" },
    ];
    for (const query of wrong) {
      const { status, body } = await list(admin, query);
      expect([query, status, body.code]).toEqual([query, 400, "INVALID_INPUT"]);
    }
  });
});
