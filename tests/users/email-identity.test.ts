import { beforeEach, describe, expect, test } from "vitest";
import { rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const password = "correct horse battery";

const register = (url: string, email: string) => rest(url, "/v1/auth/register", { body: { email, password } });

/** Spellings of one address: whoever owns one owns them all. */
const families: readonly [string, readonly string[]][] = [
  ["case", ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.Com"]],
  ["the case of other scripts", ["ζωή@example.com", "ΖΩΉ@example.com", "Ζωή@EXAMPLE.com"]],
  ["the form of a last sigma", ["οδυσσευς@example.com", "οδυσσευσ@example.com", "ΟΔΥΣΣΕΥΣ@example.com"]],
  ["the normal form (NFC, NFD)", ["zo\u00eb@example.com", "zoe\u0308@example.com", "ZOE\u0308@example.com"]],
  ["full width", ["ada@example.com", "ａｄａ@example.com", "ada@ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example。com"]],
  ["ligatures", ["office@example.com", "oﬃce@example.com"]],
  [
    "the form of the domain",
    ["ada@bücher.example", "ada@xn--bcher-kva.example", "ada@BÜCHER.example", "ada@bu\u0308cher.example"],
  ],
  ["the case of a Greek domain", ["ada@οδοσ.example", "ada@ΟΔΟΣ.example"]],
];

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

describe("two addresses", () => {
  test.each(families)(
    "that differ only in %s are one: the second is taken, and each signs in",
    async (_what, spellings) => {
      const server = shared();
      const [first = "", ...others] = spellings;
      expect((await register(server.url, first)).status).toBe(201);
      for (const email of others) {
        const { status, body } = await register(server.url, email);
        expect([email, status, body.code]).toEqual([email, 409, "EMAIL_TAKEN"]);
      }
      for (const identifier of spellings) {
        const { status, body } = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
        expect([identifier, status, body.user?.email]).toEqual([identifier, 200, first.normalize("NFC")]);
      }
    },
  );

  test.each([
    ["dots", "ada.lovelace@example.com", "adalovelace@example.com"],
    ["a tag", "ada@example.com", "ada+news@example.com"],
    ["the domain", "ada@example.com", "ada@example.org"],
    ["a sharp s in the domain", "ada@fass.example", "ada@faß.example"],
  ])("that differ in %s are two", async (_what, first, second) => {
    const server = shared();
    expect((await register(server.url, first)).status).toBe(201);
    expect((await register(server.url, second)).status).toBe(201);
  });

  test("that differ only in spelling race for one account", async () => {
    const server = shared();
    const spellings = families.find(([what]) => what === "full width")?.[1] ?? [];
    const calls = Array.from({ length: 24 }, (_, index) =>
      register(server.url, spellings[index % spellings.length] ?? ""),
    );
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.code === "EMAIL_TAKEN")).toHaveLength(23);
  });
});

describe("an address", () => {
  test("is refused when it is not valid", async () => {
    const server = shared();
    for (const email of [
      "ada",
      "@example.com",
      "ada@",
      "ada@example",
      "ada@@example.com",
      "ada @example.com",
      "ada@exam ple.com",
      "ada@-example.com",
      "ada@example..com",
      ".ada@example.com",
      "ada.@example.com",
      "a..da@example.com",
      "ada@127.0.0.1",
      "ada＠example.com@evil.example",
      "ada＠example.com",
      "ada@[127.0.0.1]",
      '"ada lovelace"@example.com',
      "Ada <ada@example.com>",
      "ada@example.com\n",
      "ada@example.com\r\nBcc: bob@example.com",
      `${"a".repeat(65)}@example.com`,
      `ada@${"a".repeat(64)}.com`,
      `ada@${"a.".repeat(130)}com`,
    ]) {
      const { status, body } = await register(server.url, email);
      expect([email, status, body.errors[0].path]).toEqual([email, 400, "email"]);
    }
  });

  test("of an unusual form is accepted", async () => {
    const server = shared();
    for (const email of [
      "o'brien@example.com",
      "ada+tag@example.co.uk",
      "用户@例子.广告",
      "a@b.io",
      "!#$%&*/=?^_`{|}~-@example.com",
    ]) {
      const { status, body } = await register(server.url, email);
      expect([status, body.user.email]).toEqual([201, email]);
    }
  });
});

test.each(["/x", "?x", "#x", "\\\\x", ":80", "%2e", "/../x", "|x"])(
  "a domain followed by %j is no address, and takes over no other address",
  async (ending) => {
    const server = shared();
    const body = { email: `victim@example.com${ending}`, password: "correct horse battery" };
    const answer = await rest(server.url, "/v1/auth/register", { body });
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, "email"]);
  },
);

test("a domain with an encoded letter is no address", async () => {
  const server = shared();
  const body = { email: "victim@ex%61mple.com", password: "correct horse battery" };
  expect((await rest(server.url, "/v1/auth/register", { body })).status).toBe(400);
});
