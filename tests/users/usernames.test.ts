import { describe, expect, test } from "vitest";
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
