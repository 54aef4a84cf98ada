import { dictionary } from "@zxcvbn-ts/language-common";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPasswordPolicy } from "./policy.ts";

const owner = { email: "grace@mail.example.com" };
/** With the settings that an operator starts with. */
const policy = createPasswordPolicy({
  config: { productName: "Gatehouse", publicUrl: "https://accounts.example.com", passwordMinCharacters: 15 },
});
const reasonFor = async (password: string) => (await policy.findRefusal(password, owner))?.reason;

describe("long passwords that are among the first guesses are refused", () => {
  test.each([
    "this is my password",
    "let me in please",
    "i love you baby",
    "I love you so much",
    "happy birthday to you",
    "to be or not to be",
    "the dog is good",
    "ToBeOrNotToBe!!",
    "good-morning-sunshine",
    "th1s 1s my p4ssword",
    "te quiero mucho mi amor",
    "TeQuieroMuchoMiAmor",
    "may the force be with you",
  ])("a phrase of frequent words: %s", async (password) => {
    expect(await reasonFor(password)).toBe("guessable");
  });

  test.each(["iloveyousomuch123", "password2026!password2025!", "password password1 password2"])(
    "a common password, in several forms or with a usual ending: %s",
    async (password) => {
      expect(await reasonFor(password)).toBe("common");
    },
  );

  test.each(["aaaaabbbbbcccccddddd", "bbbbbhhhhhkkkkkyyyyy", "zzzzyyyyzzzzxxxx"])(
    "repeated characters: %s",
    async (password) => {
      expect(await reasonFor(password)).toBe("repeated");
    },
  );

  test.each([
    "19871403 14031987",
    "1987-03-14 1987-03-14",
    "14 March 1987!!!",
    "14 de marzo de 1987",
    "01/02/1990 03/04",
    "1990-12-31 2001-01-01",
  ])("a date, in any notation: %s", async (password) => {
    expect(await reasonFor(password)).toBe("date");
  });

  test.each([
    "йцукенгшщзхъфыва",
    "ЙЦУКЕНГШЩЗХЪФЫВА",
    "ςερτυθιοπασδφγηξκλ",
    "שדגכעיחלךףקראטוןם",
    "ضصثقفغعهخحجدشسيبل",
    "!QAZ@WSX#EDC$RFV",
    "ZAQ!XSW@CDE#VFR$",
  ])("keys side by side, in any script and with Shift: %s", async (password) => {
    expect(await reasonFor(password)).toBe("keyboard");
  });

  test("three of the most frequent words", async () => {
    const frequent = [
      "please",
      "little",
      "really",
      "people",
      "friend",
      "morning",
      "happy",
      "birthday",
      "think",
      "never",
    ];
    const words = fc.uniqueArray(fc.constantFrom(...frequent), { minLength: 3, maxLength: 3 });
    const joined = fc.tuple(words, fc.constantFrom("", " ", "-", ".")).map(([three, by]) => three.join(by));
    await fc.assert(
      fc.asyncProperty(
        joined.filter((text) => text.length >= 15),
        // Some are in the list of passwords, too.
        async (password) => {
          expect(await reasonFor(password)).toMatch(/^(guessable|common)$/);
        },
      ),
    );
  });
});

/** How many of the passwords are refused. */
async function countRefused(passwords: readonly string[]): Promise<number> {
  const reasons = await Promise.all(passwords.map(reasonFor));
  return reasons.filter((reason) => reason !== undefined).length;
}

describe("random passwords are hardly ever refused", () => {
  const samples = 1000;
  // Fixed, so that chance fails no run: the share that is refused is near the limit.
  const seed = 20261129;
  // A list of 7,776 words for dice.
  const words = fc.array(fc.constantFrom(...(dictionary["diceware-common"] ?? [])), { minLength: 4, maxLength: 4 });

  test.each([" ", ""])("four words by dice, joined by %j", async (by) => {
    const phrases = fc.sample(words, { numRuns: samples, seed }).map((four) => four.join(by));
    expect(await countRefused(phrases.filter(({ length }) => length >= 15))).toBeLessThanOrEqual(samples / 1000);
  });

  test.each([
    ["small letters", "abcdefghijklmnopqrstuvwxyz"],
    ["letters and digits", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"],
    ["all that a keyboard has", Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("")],
  ])("16 of %s", async (_what, characters) => {
    const random = fc.string({ unit: fc.constantFrom(...characters), minLength: 16, maxLength: 16 });
    // The library prefers repetition to chance.
    expect(await countRefused(fc.sample(fc.noBias(random), { numRuns: samples / 4, seed }))).toBe(0);
  });
});

test.each([
  "correct horse battery",
  "another horse staple",
  "another horse battery",
  "red cat sun box",
  "caballo grapa correcta",
  "привет как дела мой друг",
  "春の海ひねもすのたりのたりかな",
])("%j is accepted", async (password) => {
  expect(await reasonFor(password)).toBeUndefined();
});
