import { globSync, readFileSync } from "node:fs";
import { importedFields } from "@gatehouse/server/import";
import { describe, expect, test } from "vitest";
import { newPasswordSchema, presentedPasswordSchema } from "../../packages/server/src/auth/password/schema.ts";
import { unwrap } from "../../packages/server/src/http/rest/operation.ts";
import { type PasswordRefusalReason, passwordRefusalWords } from "../../packages/server/src/password-refusal.ts";
import { signInAnonymously } from "../support/anonymous.ts";
import { type Answer, authorize, type Operation, operations, transports } from "../support/calls.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { importReporting } from "../support/imports.ts";
import { inputFields } from "../support/input-fields.ts";
import { receive, tokenIn } from "../support/mailbox.ts";
import { registerByPhone, waitForRecovery, withPhones } from "../support/phone-accounts.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const ada = { givenName: "Ada", familyName: "Lovelace", birthDate: "1915-12-10" };
const firstPassword = "correct horse battery";

/** With the least length that can be set, so that each is refused for more than its length. */
const environment = { PASSWORD_MIN_CHARACTERS: "8" };

const refused: readonly (readonly [string, PasswordRefusalReason])[] = [
  ["********", "repeated"],
  ["        ", "repeated"],
  ["aaaaaaaa", "repeated"],
  ["abcdefgh", "sequence"],
  ["gatehouse", "service_name"],
  ["ada12345", "personal"],
  ["Lovelace.Ada.1915", "personal"],
  ["10121915", "personal"],
  ["password1", "common"],
  ["azertyuiopqsdfghjklm", "keyboard"],
  ["correct horse", "guessable"],
  ["i love you so much", "guessable"],
  ["short", "too_short"],
  ["", "too_short"],
];

const accepted = [
  "another horse staple",
  "x7Gf2kQ9vL3mZq8T",
  "привет как дела мой друг",
  "🐙🌋🚲🍋🎻🧊🦉🪁🧭🛶🌵🎲🧶🪐🦔",
  `another horse staple ${"a".repeat(200)}`,
];

/** Somebody at a door, who chooses a password. */
interface Chooser {
  /** The input with this password. */
  input(password: string): Promise<{ readonly email?: string } & Readonly<Record<string, unknown>>>;
  /** Its `email` is what it signs in by, unless the input has an address. */
  readonly account: Account;
}

interface Door {
  readonly field: "password" | "newPassword";
  open(server: TestGatehouse): Promise<Chooser>;
}

/** Of letters that form no series and no part of a tested password, so that none is refused for the address. */
const uniqueAddress = () =>
  `ada@${crypto.randomUUID().replaceAll(/[^-]/g, (digit) => "jkvxzjkvxzjkvxzj".charAt(Number.parseInt(digit, 16)))}.example.com`;

const registerAda = (server: TestGatehouse) =>
  registerAccount(server.url, { ...ada, email: uniqueAddress(), password: firstPassword });

/** Every procedure that takes a new password; one that is added without an entry here fails the tests. */
const doors: Readonly<Record<string, Door>> = {
  "auth.register": {
    field: "password",
    open: async (server) => ({
      account: await registerAda(server),
      input: async (password) => ({ ...ada, email: uniqueAddress(), password }),
    }),
  },
  "auth.password.change": {
    field: "newPassword",
    open: async (server) => ({
      account: await registerAda(server),
      input: async (newPassword) => ({ currentPassword: firstPassword, newPassword }),
    }),
  },
  "auth.password.reset": {
    field: "password",
    open: async (server) => {
      const account = await registerAda(server);
      await rest(server.url, "/v1/auth/password/forgot", { body: { email: account.email } });
      const token = tokenIn(await receive(server, account.email, "reset-password"));
      return { account, input: async (password) => ({ token, password }) };
    },
  },
  "auth.password.resetByCode": {
    field: "password",
    open: async (server) => {
      const { phone, ...account } = await registerByPhone(server, { ...ada, password: firstPassword });
      const recovery = await waitForRecovery(server, phone);
      return { account: { ...account, email: phone }, input: async (password) => ({ ...recovery, password }) };
    },
  },
  "auth.upgrade": {
    field: "password",
    open: async (server) => ({
      account: { ...(await signInAnonymously(server.url)), email: "", password: firstPassword },
      input: async (password) => ({ ...ada, email: uniqueAddress(), password }),
    }),
  },
};

/** The status for a strong password, by procedure. Default: 204. */
const successes: Readonly<Record<string, number>> = { "auth.register": 201, "auth.upgrade": 200 };

const isPassword = (schema: Operation["fields"][string]) =>
  [newPasswordSchema, presentedPasswordSchema].some((known) => known === unwrap(schema));
const newPasswordFields = (operation: Operation) =>
  inputFields(operation).filter(({ schema }) => unwrap(schema) === newPasswordSchema);
const withNewPassword = operations.filter((operation) => newPasswordFields(operation).length > 0);

const lines: string[] = [];
const shared = shareGatehouse({ environment: { ...environment, ...withPhones }, onLog: (line) => lines.push(line) });
const sharedStrict = shareGatehouse({ environment: withPhones });

test("this test covers every field for a new password, and every other password field is known as a current one", () => {
  const named = operations.flatMap((operation) => inputFields(operation).filter(({ path }) => /password/i.test(path)));
  expect(named.filter(({ schema }) => !isPassword(schema)).map(({ path }) => path)).toEqual([]);
  const found = withNewPassword.map((operation) => [
    operation.procedure,
    newPasswordFields(operation).map(({ path }) => path),
  ]);
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(Object.entries(doors).map(([name, { field }]) => [name, [field]])),
  );
});

test("only the function that applies the policy hashes a password that a user chooses", () => {
  const files = globSync(["packages/server/src/**/*.ts", "apps/*/src/**/*.ts", "scripts/**/*.ts"], {
    cwd: new URL("../..", import.meta.url).pathname,
    exclude: (path) => /node_modules|\.test\.ts$/.test(path),
  });
  const hashing = files.filter((path) =>
    /passwords\.hash\(/.test(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")),
  );
  // The other makes a proven password's hash anew.
  expect(hashing.toSorted()).toEqual([
    "packages/server/src/auth/password/policy.ts",
    "packages/server/src/auth/password/rehash.ts",
  ]);
});

/** Calls as somebody new at the door. Returns the answer, and the identifier of the account whose password it would be. */
async function choose(
  server: TestGatehouse,
  operation: Operation,
  password: string,
): Promise<Answer & { readonly identifier: string | undefined }> {
  const chooser = await doors[operation.procedure]?.open(server);
  const [transport] = transports;
  const headers = chooser && authorize(operation, chooser.account);
  const input = await chooser?.input(password);
  const answer = await transport.send(server.url, operation, input, headers);
  return { ...answer, identifier: input?.email ?? chooser?.account.email };
}

describe.each(withNewPassword.map((operation) => [operation.procedure, operation] as const))(
  "at %s",
  (name, operation) => {
    const field = doors[name]?.field ?? "";

    test("each weak password is refused with its reason and a suggestion", async () => {
      const server = shared();
      const words = passwordRefusalWords("en", { minCharacters: 8 });
      const chooser = await doors[name]?.open(server);
      const headers = chooser && authorize(operation, chooser.account);
      for (const [password, reason] of refused) {
        for (const transport of transports) {
          const answer = await transport.send(server.url, operation, await chooser?.input(password), headers);
          const errors = [{ path: field, message: words[reason], reason }];
          expect([password, answer.status, answer.code, answer.errors]).toEqual([
            password,
            400,
            "PASSWORD_TOO_WEAK",
            errors,
          ]);
          // Its name is in the address of each error.
          if (password.trim().length >= 8 && password !== "gatehouse") expect(answer.text).not.toContain(password);
        }
      }
      const logged = lines.join("\n");
      for (const password of ["ada12345", "azertyuiopqsdfghjklm", "Lovelace.Ada.1915"]) {
        expect(logged).not.toContain(password);
      }
    });

    test("a malformed password is refused for its form", async () => {
      const server = shared();
      const words = passwordRefusalWords("en", { minCharacters: 8 });
      for (const [password, reason] of [
        ["correct horse ".repeat(20), "too_long"],
        ["correct\0horse battery", "malformed"],
      ] as const) {
        const { code, errors } = await choose(server, operation, password);
        expect([code, errors]).toEqual(["INVALID_INPUT", [{ path: field, message: words[reason], reason }]]);
      }
    });

    test("each strong password is accepted, and signs in", async () => {
      const server = shared();
      for (const password of accepted) {
        const { status, identifier } = await choose(server, operation, password);
        expect([password, status]).toEqual([password, successes[operation.procedure] ?? 204]);
        const login = await rest(server.url, "/v1/auth/login", { body: { identifier, password } });
        const { email, phone } = login.body.user ?? {};
        expect([password, login.status, email ?? phone]).toEqual([password, 200, identifier]);
      }
    });

    test("15 characters are required by default", async () => {
      const server = sharedStrict();
      const { errors } = await choose(server, operation, "x7Gf2kQ9vL3mZq");
      expect(errors).toEqual([{ path: field, message: expect.stringContaining("15 characters"), reason: "too_short" }]);
    });
  },
);

test("an import accepts no plain passwords, so that none bypasses the policy", async () => {
  expect(importedFields.filter((field) => /password/i.test(field))).toEqual(["passwordHash"]);
  await using database = await createTestDatabase();
  await using server = await startGatehouse({ database });
  const users = [
    { email: "ada@example.com", password: "correct horse battery" },
    { email: "grace@example.com", passwordHash: "correct horse battery" },
  ];
  const { state, refusals } = await importReporting(server.gatehouse.deps.db, users);
  expect(state.imported).toBe(0);
  expect(refusals.flatMap(({ errors }) => errors.map(({ path }) => path))).toEqual(["password", "passwordHash"]);
});

test.skipIf(postgresUnreachable)("a user with a weak password from before the policy can sign in", async () => {
  const lenient = shared();
  await registerAccount(lenient.url, { email: "grace@example.com", password: "x7Gf2kQ9vL3m" });
  await using strict = await startBeside(lenient);
  const body = { identifier: "grace@example.com", password: "x7Gf2kQ9vL3m" };
  expect((await rest(strict.url, "/v1/auth/login", { body })).status).toBe(200);
});

describe("the page to reset a password", () => {
  const shared = shareGatehouse({ environment: { PASSWORD_MIN_CHARACTERS: "12" } });

  test.each(["en", "es"] as const)("has the message of every reason in %s", async (language) => {
    const server = shared();
    const headers = { "accept-language": language };
    const html = await (await fetch(new URL("/account/reset-password", server.url), { headers })).text();
    for (const [reason, words] of Object.entries(passwordRefusalWords(language, { minCharacters: 12 }))) {
      expect(html).toContain(
        `data-alert="password-${reason}" data-field="password" tabindex="-1" role="alert" hidden>${words}</p>`,
      );
    }
    expect(html).toMatch(/id="password-hint">(At least|Al menos) 12 /);
  });
});
