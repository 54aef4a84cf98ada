import { describe, expect, test } from "vitest";
import { loadCommonPasswords } from "./common-passwords.ts";
import { createPasswordPolicy } from "./policy.ts";
import { newPasswordSchema } from "./schema.ts";

const ada = { email: "ada.lovelace@example.com", username: "countess" };
const policy = createPasswordPolicy(undefined);

test("the bundled list has ten thousand entries, none of which the length refuses already", () => {
  const common = loadCommonPasswords();
  expect(common.size).toBe(10_000);
  expect([...common].filter((entry) => [...entry].length < 8)).toEqual([]);
});

describe("a password is refused", () => {
  test.each(["password", "PASSWORD", "Password1", "12345678", "qwertyuiop", "iloveyou", "ｐａｓｓｗｏｒｄ"])(
    "that is common: %s",
    async (password) => {
      expect(await policy.findFault(password, ada)).toBe("Must not be one of the most common passwords");
    },
  );

  test.each(["ada.lovelace@example.com", "Ada.Lovelace@Example.com", "ada.lovelace", "Countess"])(
    "that everybody knows of its owner: %s",
    async (password) => {
      expect(await policy.findFault(password, ada)).toBe("Must not be the email address or the username");
    },
  );

  test("that is known from a breach", async () => {
    const breached = createPasswordPolicy(async (password) => password === "correct horse battery");
    expect(await breached.findFault("correct horse battery", ada)).toBe(
      "Must not be a password known from a data breach",
    );
    expect(await breached.findFault("correct horse", ada)).toBeUndefined();
  });
});

test.each([
  "correct horse battery",
  "aaaaaaaab",
  "密码密码密码密码",
  "💥🔑💥🔑💥🔑💥🔑",
  "        ",
  "password password",
])("no rule of composition refuses %j", async (password) => {
  expect(newPasswordSchema.safeParse(password).success).toBe(true);
  expect(await policy.findFault(password, ada)).toBeUndefined();
});

test("the breach check is asked last, for what the list knows need not leave the server", async () => {
  const asked: string[] = [];
  const { findFault } = createPasswordPolicy(async (password) => asked.push(password) > 0);
  await findFault("password", ada);
  await findFault("countess", ada);
  expect(asked).toEqual([]);
});

describe("8 to 256 characters", () => {
  test.each([
    ["7 letters", "a".repeat(7), false],
    ["8 letters", "a".repeat(8), true],
    ["256 letters", "a".repeat(256), true],
    ["257 letters", "a".repeat(257), false],
    ["7 emojis, which are 14 code units", "🔑".repeat(7), false],
    ["256 emojis, which are 512 code units", "🔑".repeat(256), true],
    ["4 letters, each with its accent apart", "e\u0301".repeat(4), false],
    ["a NUL among them", "correct\0horse", false],
    ["half a letter among them", "correct\ud800horse", false],
  ])("%s", (_what, password, isAccepted) => {
    expect(newPasswordSchema.safeParse(password).success).toBe(isAccepted);
  });
});
