import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse({ environment: { RESERVED_USERNAMES: "gatehouse, the-house" } });

const rename = (url: string, { accessToken: token }: Account, username: string) =>
  rest(url, "/v1/users/me", { method: "PATCH", token, body: { username } });

const register = (url: string, username: string) => {
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  return rest(url, "/v1/auth/register", { body: { ...credentials, username } });
};

describe("a username that looks like somebody else's is taken", () => {
  test.each([
    ["paul-1815", "PauI-1815"],
    ["bob.lee", "b0b.lee"],
    ["mike_x", "rnike_x"],
    ["Oliver9", "0liver9"],
    ["will-i-am", "wi11-i-am"],
  ])("%s and %s", async (first, second) => {
    const server = shared();
    expect((await register(server.url, first)).status).toBe(201);
    const refused = await register(server.url, second);
    expect([refused.status, refused.body.code]).toEqual([409, "USERNAME_TAKEN"]);
    const other = await registerAccount(server.url);
    expect((await rename(server.url, other, second)).body.code).toBe("USERNAME_TAKEN");
  });

  test("also if both are chosen at once", async () => {
    const server = shared();
    const answers = await Promise.all([register(server.url, "at0nce"), register(server.url, "atOnce")]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  test("but its owner may change to it", async () => {
    const server = shared();
    const ada = await registerAccount(server.url, { username: "lovelace" });
    expect((await rename(server.url, ada, "love1ace")).body.username).toBe("love1ace");
  });

  test("and names that differ to the eye are free", async () => {
    const server = shared();
    for (const username of ["sian-b", "sean-b", "sion-b"]) {
      expect((await register(server.url, username)).status).toBe(201);
    }
  });
});

describe("a reserved username", () => {
  test.each(["admin", "Admin", "SUPPORT", "postmaster", "r00t", "rnoderator", "gatehouse", "The-House", "the-h0use"])(
    "%s cannot be chosen",
    async (username) => {
      const server = shared();
      const refused = await register(server.url, username);
      expect([refused.status, refused.body.code]).toEqual([409, "USERNAME_RESERVED"]);
      const ada = await registerAccount(server.url);
      expect((await rename(server.url, ada, username)).body.code).toBe("USERNAME_RESERVED");
    },
  );

  test("may be part of another", async () => {
    expect((await register(shared().url, "admiral.support")).status).toBe(201);
  });
});

describe("an administrator", () => {
  test("is bound by both rules, for new accounts and for those of others", async () => {
    const server = shared();
    const admin = await registerWithRoles(server);
    const { userId } = await registerAccount(server.url);
    await registerAccount(server.url, { username: "grace-h1" });
    const email = `${crypto.randomUUID()}@example.com`;
    for (const [username, code] of [
      ["r00t", "USERNAME_RESERVED"],
      ["grace-hI", "USERNAME_TAKEN"],
    ]) {
      const token = admin.accessToken;
      const created = await rest(server.url, "/v1/users", { token, body: { email, username } });
      expect([created.status, created.body.code]).toEqual([409, code]);
      const changed = await rest(server.url, `/v1/users/${userId}`, { method: "PATCH", token, body: { username } });
      expect([changed.status, changed.body.code]).toEqual([409, code]);
    }
  });
});

test.skipIf(postgresUnreachable)("a name that is reserved while its registration waits is left out", async () => {
  const environment = { REGISTRATION_MODE: "verified" };
  await using before = await startGatehouse({ environment });
  const email = `${crypto.randomUUID()}@example.com`;
  const password = "correct horse battery";
  const asked = await rest(before.url, "/v1/auth/register", { body: { email, password, username: "the-house" } });
  expect(asked.status).toBe(202);
  const token = await receiveToken(before, email, "complete-registration");
  const { database } = before;
  if (database === undefined) throw new Error("There is no PostgreSQL");
  await using after = await startGatehouse({
    database,
    environment: { ...environment, RESERVED_USERNAMES: "The-House" },
  });
  const body = { token, requestedBy: "me" };
  expect((await rest(after.url, "/v1/auth/email/verify", { body })).status).toBe(204);
  const signedIn = await rest(after.url, "/v1/auth/login", { body: { identifier: email, password } });
  expect(signedIn.body.user.username).toBeNull();
});
