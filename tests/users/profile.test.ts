import { describe, expect, test } from "vitest";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const update = (url: string, { accessToken }: Account, body: unknown) =>
  rest(url, "/v1/users/me", { method: "PATCH", token: accessToken, body });

/** A username that nobody has yet. */
const newUsername = () => `Ada.${crypto.randomUUID().slice(0, 8)}`;

const newProfile = () => ({
  username: newUsername(),
  givenName: "Ada",
  familyName: "Lovelace",
  birthDate: "1990-12-10",
  locale: "en-GB",
  timeZone: "Europe/London",
});

const shared = shareGatehouse();

describe("a change of the profile", () => {
  test("returns the changed user, and leaves other users unchanged", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const before = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    server.clock.advance(60);
    const changes = newProfile();
    const { status, body } = await update(server.url, ada, changes);
    expect(status).toBe(200);
    expect(body).toEqual({ ...before.body, ...changes, updatedAt: server.clock.now().toISOString() });
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).body).toEqual(body);
    const other = await rest(server.url, "/v1/users/me", { token: bob.accessToken });
    expect(other.body).toMatchObject({ username: null, givenName: null });
  });

  test("keeps fields that it does not mention, and clears fields set to null", async () => {
    const server = shared();
    const ada = await registerAccount(server.url, newProfile());
    const { body } = await update(server.url, ada, { username: null, familyName: null, birthDate: null });
    expect(body).toMatchObject({
      givenName: "Ada",
      locale: "en-GB",
      username: null,
      familyName: null,
      birthDate: null,
    });
    expect((await update(server.url, ada, {})).body).toMatchObject({ givenName: "Ada" });
  });

  test("frees the cleared username", async () => {
    const server = shared();
    const username = newUsername();
    const ada = await registerAccount(server.url, { username });
    const bob = await registerAccount(server.url);
    await update(server.url, ada, { username: null });
    expect((await update(server.url, bob, { username })).status).toBe(200);
  });

  test("to a username that differs from another's only in case answers USERNAME_TAKEN, and changes nothing", async () => {
    const server = shared();
    await registerAccount(server.url, { username: "Ada" });
    const bob = await registerAccount(server.url);
    for (const username of ["Ada", "ada", "ADA"]) {
      const { status, body } = await update(server.url, bob, { username, givenName: "Bob" });
      expect([status, body.code]).toEqual([409, "USERNAME_TAKEN"]);
    }
    expect((await rest(server.url, "/v1/users/me", { token: bob.accessToken })).body.givenName).toBeNull();
  });

  test("of the letter case of one's own username succeeds", async () => {
    const server = shared();
    const username = newUsername();
    const ada = await registerAccount(server.url, { username });
    const changed = username.toUpperCase();
    expect((await update(server.url, ada, { username: changed })).body.username).toBe(changed);
  });

  test("to one username by 20 users at once succeeds for one", async () => {
    const server = shared();
    const users = await Promise.all(Array.from({ length: 20 }, () => registerAccount(server.url)));
    const spellings = ["highlander", "Highlander", "HIGHLANDER"];
    const answers = await Promise.all(
      users.map((user, index) => update(server.url, user, { username: spellings[index % 3] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === "USERNAME_TAKEN")).toHaveLength(19);
  });

  test("keeps both of two changes to different fields at once", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const changes = Object.entries(newProfile());
    await Promise.all(changes.map(([field, value]) => update(server.url, ada, { [field]: value })));
    const { body } = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect(body).toMatchObject(Object.fromEntries(changes));
  });

  test("to an invalid or impossible birth date is refused", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const [birthDate, why] of [
      ["1899-12-31", "before 1900"],
      ["2999-01-01", "in the future"],
      ["1990-02-30", "no day of the calendar"],
      ["2001-02-29", "a leap day of no leap year"],
      ["1990-1-1", "not in full"],
      ["10.12.1990", "in another notation"],
      ["1990-12-10T00:00:00Z", "a moment"],
      [19901210, "a number"],
    ]) {
      const { status, body } = await update(server.url, ada, { birthDate });
      expect([why, status, body.errors[0].path]).toEqual([why, 400, "birthDate"]);
    }
  });

  test("to a birth date of today, or of a leap day, keeps that day in every time zone", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const birthDate of ["1900-01-01", "2000-02-29", new Date().toISOString().slice(0, 10)]) {
      expect((await update(server.url, ada, { birthDate })).body.birthDate).toBe(birthDate);
      const status = await rest(server.url, "/v1/auth/status", { token: ada.accessToken });
      expect(status.body.user.birthDate).toBe(birthDate);
    }
  });

  test("to a locale stores its canonical form", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const [given, kept] of [
      ["en-us", "en-US"],
      ["ES-mx", "es-MX"],
      ["zh-hant-tw", "zh-Hant-TW"],
      ["iw", "he"],
    ]) {
      expect((await update(server.url, ada, { locale: given })).body.locale).toBe(kept);
    }
  });

  test("to an invalid locale is refused", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const locale of ["", "e", "english language", "en_US", "en-", "C", "*", null]) {
      const { status, body } = await update(server.url, ada, { locale });
      expect([locale, status, body.errors[0].path]).toEqual([locale, 400, "locale"]);
    }
  });

  test("to a malformed username is refused", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const username of [
      "ab",
      "a".repeat(33),
      ".ada",
      "ada.",
      "ada@example.com",
      "ada lovelace",
      "ädä",
      "ada\0",
      "ａｄａ",
    ]) {
      const { status, body } = await update(server.url, ada, { username });
      expect([username, status, body.errors[0].path]).toEqual([username, 400, "username"]);
    }
  });

  test("of a field that users cannot change is refused", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const field of ["id", "email", "roles", "status", "createdAt", "password", "userId"]) {
      const { status, body } = await update(server.url, ada, { [field]: "admin" });
      expect([status, body.errors]).toEqual([400, [{ path: field, message: "Unknown field" }]]);
    }
  });

  test("accepts names of any script, and returns them unchanged", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const givenName of [
      "Zoë",
      "李",
      "محمد",
      "Ναυσικά",
      "O'Brien-Ñandú",
      "👩🏽‍💻",
      "Robert'); drop table user;--",
    ]) {
      expect((await update(server.url, ada, { givenName })).body.givenName).toBe(givenName);
    }
  });
});
