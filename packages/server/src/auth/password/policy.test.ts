import { describe, expect, test } from "vitest";
import { passwordRefusalReasons, passwordRefusalWords } from "../../password-refusal.ts";
import { createPasswordPolicy } from "./policy.ts";
import { newPasswordSchema } from "./schema.ts";

const ada = {
  email: "ada.lovelace@example.com",
  username: "countess",
  givenName: "Ada",
  familyName: "Lovelace",
  birthDate: "1815-12-10",
  phone: "+34600123456",
};

/** The shortest passwords that an operator may allow, so that what else is wrong with one is found. */
const config = { passwordMinCharacters: 8, productName: "Gatehouse", publicUrl: "https://accounts.acme.example" };
const policy = createPasswordPolicy({ config });
const reasonFor = async (password: string) => (await policy.findRefusal(password, ada))?.reason;

describe("a password is refused", () => {
  test.each([
    ["********", "repeated"],
    ["        ", "repeated"],
    ["aaaaaaaa", "repeated"],
    ["aaaaaaaab", "repeated"],
    ["密码密码密码密码", "repeated"],
    ["💥🔑💥🔑💥🔑💥🔑", "repeated"],
    ["abcdefgh", "sequence"],
    ["абвгдежзиклмноп", "sequence"],
    ["password", "common"],
    ["Password1", "common"],
    ["P@ssw0rd!2026", "common"],
    ["password password", "common"],
    ["ｐａｓｓｗｏｒｄ", "common"],
    ["azertyuiopqsdfghjklm", "keyboard"],
    ["1990-12-31", "date"],
    ["correct horse", "guessable"],
    ["x7Gf2kQ9", "guessable"],
    ["ada12345", "personal"],
    ["adalovelace1815!", "personal"],
    ["Lovelace.Ada.1815", "personal"],
    ["LOVELACEADA", "personal"],
    ["ada.lovelace@example.com", "personal"],
    ["Countess7", "personal"],
    ["10.12.1815", "personal"],
    ["600123456", "personal"],
    ["gatehouse", "service_name"],
    ["gatehouse1", "service_name"],
    ["G@tehouse2026!!!!", "service_name"],
    ["acme2026!", "service_name"],
  ])("%j: %s", async (password, reason) => {
    expect(newPasswordSchema.safeParse(password).success).toBe(true);
    expect(await reasonFor(password)).toBe(reason);
  });

  test("when it is shorter than the operator requires", async () => {
    const strict = createPasswordPolicy({ config: { ...config, passwordMinCharacters: 15 } });
    const message = expect.stringContaining("at least 15 characters");
    expect(await strict.findRefusal("x7Gf2kQ9vL3mZq", ada)).toEqual({ reason: "too_short", message });
    expect(await strict.findRefusal("x7Gf2kQ9vL3mZq8", ada)).toBeUndefined();
    expect(await strict.findRefusal("", ada)).toEqual({ reason: "too_short", message });
  });

  test("when it is known from a breach", async () => {
    const isBreached = async (password: string) => password === "correct horse battery";
    const breached = createPasswordPolicy({ config, isBreached });
    expect((await breached.findRefusal("correct horse battery", ada))?.reason).toBe("breached");
    expect(await breached.findRefusal("another horse battery", ada)).toBeUndefined();
  });
});

test.each([
  "correct horse battery",
  "gatehouse-development",
  "x7Gf2kQ9vL3mZq8T",
  "red cat sun box",
  "constructor of __proto__",
  "привет как дела мой друг",
  "春の海ひねもすのたりのたりかな",
  "🐙🌋🚲🍋🎻🧊🦉🪁🧭🛶🌵🎲🧶🪐🦔",
  "my own lovelace umbrella, not ada's",
])("%j is accepted: no character classes are required", async (password) => {
  expect(newPasswordSchema.safeParse(password).success).toBe(true);
  expect(await reasonFor(password)).toBeUndefined();
});

test("a weak beginning or end does not make a strong password weak", async () => {
  expect(await reasonFor(`${"a".repeat(100)}correct horse battery staple`)).toBeUndefined();
  expect(await reasonFor(`correct horse battery staple${"a".repeat(100)}`)).toBeUndefined();
});

test("a name with an accent is also found without the accent", async () => {
  const jose = { email: "jv@example.com", givenName: "José", familyName: "Íñiguez" };
  for (const password of ["jose1234", "José1234", "iniguez2024", "JoséÍñiguez"]) {
    expect((await policy.findRefusal(password, jose))?.reason).toBe("personal");
  }
});

test("the breach check comes last, so that a password refused for another reason never leaves the server", async () => {
  const asked: string[] = [];
  const { findRefusal } = createPasswordPolicy({ config, isBreached: async (password) => asked.push(password) > 0 });
  for (const password of ["short", "password", "countess"]) await findRefusal(password, ada);
  expect(asked).toEqual([]);
});

test("each reason has its own message in every language, which says what to choose instead", () => {
  const [english, spanish] = (["en", "es"] as const).map((language) =>
    passwordRefusalWords(language, { minCharacters: 15 }),
  );
  for (const words of [english, spanish]) {
    expect(new Set(Object.values(words ?? {})).size).toBe(passwordRefusalReasons.length);
  }
  for (const reason of passwordRefusalReasons) {
    expect(english?.[reason]).toMatch(/^This password .+(Choose|needs at least 15|at most|Leave).*\.$/);
    expect(spanish?.[reason]).toMatch(/^Esta contraseña .+(Elige|al menos 15|como máximo|Quítalo).*\.$/);
  }
});

describe("a password has at most 256 characters", () => {
  test.each([
    ["256 letters", "a".repeat(256), undefined],
    ["257 letters", "a".repeat(257), "too_long"],
    ["256 emojis, which are 512 code units", "🔑".repeat(256), undefined],
    ["257 emojis", "🔑".repeat(257), "too_long"],
    ["a megabyte", "a".repeat(1_000_000), "too_long"],
    ["a NUL among them", "correct\0horse", "malformed"],
    ["half a letter among them", "correct\ud800horse", "malformed"],
  ])("%s", (_what, password, reason) => {
    const [issue] = newPasswordSchema.safeParse(password).error?.issues ?? [];
    expect(issue?.code === "custom" ? issue.params?.["reason"] : undefined).toBe(reason);
  });

  test.each([
    ["7 emojis, which are 14 code units", "🐙🌋🚲🍋🎻🧊🦉"],
    ["4 letters, each with its accent apart", "e\u0301a\u0301o\u0301u\u0301"],
  ])("and the minimum is counted in code points: %s", async (_what, password) => {
    expect(await reasonFor(password)).toBe("too_short");
  });
});
