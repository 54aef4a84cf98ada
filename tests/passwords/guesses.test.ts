import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPasswordPolicy } from "../../packages/server/src/auth/password/policy.ts";

const ada = {
  email: "ada.lovelace@example.com",
  username: "countess",
  givenName: "Ada",
  familyName: "Lovelace",
  birthDate: "1915-12-10",
  phone: "+34600123456",
};
const config = { productName: "Gatehouse", publicUrl: "https://accounts.example.com" };
/** The shortest that an operator may allow: what is refused here is refused for more than its length. */
const lenient = createPasswordPolicy({ config: { ...config, passwordMinCharacters: 8 } });
const strict = createPasswordPolicy({ config: { ...config, passwordMinCharacters: 15 } });

/** Fails at a password that is accepted. */
const refuses = (passwords: fc.Arbitrary<string>) =>
  fc.assert(
    fc.asyncProperty(passwords, async (password) => {
      expect(await lenient.findRefusal(password, ada)).toBeDefined();
    }),
  );

/** Fails at a password that is refused. */
const accepts = (passwords: fc.Arbitrary<string>) =>
  fc.assert(
    fc.asyncProperty(passwords, async (password) => {
      expect(await strict.findRefusal(password, ada)).toBeUndefined();
    }),
  );

const length = fc.integer({ min: 8, max: 256 });
const character = fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((one) => one.isWellFormed());

/** `count` characters of the row from `start` on, begun again at its end. */
const along = (row: string, start: number, count: number) =>
  Array.from({ length: count }, (_, index) => row[(start + index) % row.length]).join("");

const rows = (...texts: readonly string[]) => texts.flatMap((text) => [text, [...text].reverse().join("")]);
const series = rows("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "1234567890");
const keyboards = rows("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop");
const columns = ["1qaz2wsx3edc4rfv", "zaq12wsxcde34rfv", "qazwsxedcrfv"];

const walk = (paths: readonly string[], max: number) =>
  fc
    .record({ row: fc.constantFrom(...paths), start: fc.nat(30), count: fc.integer({ min: 8, max }) })
    .map(({ row, start, count }) => along(row, start, count));

describe("the policy refuses", () => {
  test("one character, repeated", async () => {
    await refuses(fc.record({ character, length }).map((of) => of.character.repeat(of.length)));
  });

  test("a few characters, repeated", async () => {
    const few = fc.string({ minLength: 1, maxLength: 4 });
    await refuses(fc.record({ few, length }).map((of) => of.few.repeat(of.length).slice(0, of.length)));
  });

  test("a series, up or down, from any start", async () => {
    await refuses(walk(series, 256));
  });

  test("a walk along the rows of a keyboard", async () => {
    await refuses(walk(keyboards, 256));
  });

  test("a walk down the columns of a keyboard", async () => {
    const walks = fc.record({ column: fc.constantFrom(...columns), count: fc.integer({ min: 8, max: 16 }) });
    await refuses(walks.map(({ column, count }) => column.slice(0, count)));
  });

  test("a name of its owner or of the service, with a usual ending", async () => {
    const names = [
      "ada",
      "Lovelace",
      "adalovelace",
      "LovelaceAda",
      "ada.lovelace",
      "countess",
      "gatehouse",
      "Gatehouse",
    ];
    const ends = ["", "1", "12", "123", "1234", "12345", "!", "!!", "1!", "2026", "!2026", "2026!", "1915", "10121915"];
    const derivative = fc
      .tuple(fc.constantFrom("", "1", "!", "the", "12"), fc.constantFrom(...names), fc.constantFrom(...ends))
      .map((parts) => parts.join(""))
      .filter((text) => text.length >= 8);
    await refuses(derivative);
  });
});

/** Words that come from no list of the estimator's: each of syllables. */
const syllable = fc.constantFrom(
  "bo",
  "cri",
  "da",
  "fen",
  "gul",
  "ha",
  "jo",
  "ka",
  "lem",
  "mi",
  "nor",
  "pu",
  "ra",
  "sti",
);
const word = fc.array(syllable, { minLength: 2, maxLength: 3 }).map((syllables) => syllables.join(""));

const ofScript = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((code) => String.fromCodePoint(code));
const scripts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Cyrillic: ofScript(0x430, 0x44f),
  Han: ofScript(0x4e00, 0x9fa5),
  Hangul: ofScript(0xac00, 0xd7a3),
  Arabic: ofScript(0x627, 0x64a),
  emoji: ofScript(0x1f400, 0x1f4ff),
};

describe("the policy accepts", () => {
  test("a phrase of four words", async () => {
    const words = fc.uniqueArray(word, { minLength: 4, maxLength: 4 });
    await accepts(words.map((four) => four.join(" ")).filter((phrase) => phrase.length >= 15));
  });

  test("a phrase of four words that many people know", async () => {
    const known = ["correct", "horse", "battery", "staple", "winter", "garden", "purple", "monkey", "letter", "orange"];
    const words = fc.uniqueArray(fc.constantFrom(...known), { minLength: 4, maxLength: 4 });
    await accepts(words.map((four) => four.join(" ")));
  });

  test("16 random letters and digits", async () => {
    const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    const random = fc.array(fc.constantFrom(...letters), { minLength: 16, maxLength: 64 });
    // Random characters that happen to be few are a repetition.
    await accepts(random.filter((list) => new Set(list).size >= 12).map((list) => list.join("")));
  });

  test.each(Object.keys(scripts))("a phrase in %s", async (script) => {
    const phrase = fc.array(scripts[script] ?? fc.constant(""), { minLength: 15, maxLength: 40 });
    await accepts(phrase.filter((list) => new Set(list).size >= 12).map((list) => list.join("")));
  });
});

/** The processor's time for a verdict, in microseconds: the least of a few, which nothing else on the machine adds to. */
async function costOf(password: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    await lenient.findRefusal(password, ada);
    const { user, system } = process.cpuUsage(before);
    times.push(user + system);
  }
  return Math.min(...times);
}

test("a check of 256 characters costs little more than one of 32", async () => {
  const patterns = [
    "4@8({[<36!1|0$5+7%2",
    "p@$$w0rd1!",
    "1234567890",
    "01011990",
    "1/1/90",
    "passwordmonkeydragon",
    "1il|!",
  ];
  const lookAlikes = ["１２３４５６７８９０", "ｐ＠ｓｓｗ０ｒｄ１２３", "ﷺ"];
  for (const pattern of [...patterns, ...lookAlikes, "1", "@", "ab"]) {
    // The last one makes it no mere repetition.
    const costOfLength = (count: number) => costOf(`${[...pattern.repeat(count)].slice(0, count - 1).join("")}~`);
    const short = await costOfLength(32);
    const long = await costOfLength(256);
    // Both ends, and a form of each more: without the bound it would be sixty times as much or more.
    expect(long / Math.max(short, 1000)).toBeLessThan(10);
  }
});
