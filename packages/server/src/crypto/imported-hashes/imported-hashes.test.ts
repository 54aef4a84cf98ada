import { afterAll, describe, expect, test } from "vitest";
import { createHashingThreads } from "../hashing-threads.ts";
import { readStoredHash } from "./stored-hash.ts";

const threads = createHashingThreads(1);
afterAll(() => threads.close());

const check = (password: string, text: string) => threads.verify(password, readStoredHash(text));

const plain = "correct horse";
const wide = "Pässwort £ 🔑";
const decomposed = "cafe\u0301 noir";

/** Made by the tools themselves: Werkzeug 3.1.9, passlib 1.7.4, bcrypt 5.0.0 and argon2-cffi 25.1.0 on Python 3. */
const madeByTools: readonly (readonly [what: string, password: string, hash: string])[] = [
  [
    "Werkzeug's PBKDF2",
    plain,
    "pbkdf2:sha256:1000$e7NR3oHETULZZ5NL$a4d2994ccfdd6652b765fb8e3234d95f30256416c0fb6e325691bee04769c023",
  ],
  [
    "Werkzeug's PBKDF2 at its default cost",
    plain,
    "pbkdf2:sha256:1000000$Hzw3mbAFEXqJzzK1$48fa5d885d3d2bcb210f550176c18e270e5a2d1ae306c873df5a93f5876ad3b9",
  ],
  [
    "Werkzeug's PBKDF2 of a password in Unicode",
    wide,
    "pbkdf2:sha256:1000$srx5gV4NosY9BlM3$18f7e3467f7b901c5e7fe28a8437d2b443f9a80bc23b410f38c2f0ffe487a2ac",
  ],
  [
    "Werkzeug's PBKDF2 of a decomposed password",
    decomposed,
    "pbkdf2:sha256:1000$ZUI9AYs2ZqNpGEUt$bdffbe6f5f1f4441c8441efcdbb78b834f31de2d9131c11871a2007de6b9b07b",
  ],
  [
    "Werkzeug's scrypt",
    plain,
    "scrypt:32768:8:1$N6Dxt33GXlC7TXf2$83fa7d8918babfdfdd87d867d4df759f90a77f95bc95b2cedd0bce204f5af25ae926715c768a1d3e0b52e3ada2390282ef2c0f12f2eb9f979612f4333afec4b9",
  ],
  [
    "Werkzeug's scrypt of two lanes",
    wide,
    "scrypt:1024:8:2$lvuIzwa1js4jfpRE$d3658775d91a115fae61f6c35ece7033a8bf0a965b226a137ce5d8c2d59a5529eae6ab02b9f5b4f5a2d31813be5e49690654c6b2209f9b759ebb0b9197bb5290",
  ],
  ["passlib's PBKDF2", plain, "$pbkdf2-sha256$1200$8B5jTKn1vvfe2zsHgPB.7w$IR2b2ZY8P1RcVuXxnRRLu7m1e9Wy7Rhkfo8e0SWFd.Y"],
  [
    "passlib's PBKDF2 at its default cost",
    wide,
    "$pbkdf2-sha256$29000$pdS6d855r/X.H6M05rx3jg$PJYRBFeNp4Hj.gsWTIH7QOaS70B.P6zgCkPI2Be55Vg",
  ],
  [
    "passlib's PBKDF2 with dots in its salt",
    plain,
    "$pbkdf2-sha256$1000$.//..//..//..//..//..//.$S4gMoLlv34motyE55LZyTyhiXfV.zFU3CMUU7eyKvyk",
  ],
  ["bcrypt 2b", plain, "$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS"],
  ["bcrypt 2a", wide, "$2a$05$JsgpiF1WbLkQ5PhVrhUg9uIsy/PgKqvNjx.2FnHHrEbCnY2sXljjS"],
  ["bcrypt 2y", plain, "$2y$04$oXUEWm26D/byZ2K3th3yI.ynl8M6norPMEWTHTS/b/4cEUAKZ4sYe"],
  ["bcrypt of a decomposed password", decomposed, "$2b$04$8ft.lfnWAusuarF7MoNEx.yBBZTIL3iEdZYjT/mhyHuoBmZMHIDk."],
  ["Argon2i", plain, "$argon2i$v=19$m=512,t=3,p=2$c29tZXNhbHQtb2YtMTZieQ$p1loaoqXQaYDntxN1ufmYXQXODmrZpzt"],
  ["Argon2d", plain, "$argon2d$v=19$m=512,t=3,p=2$c29tZXNhbHQtb2YtMTZieQ$LRkppqBNx64vdCfHN8hefh+9FTGWkFds"],
  ["Argon2id", plain, "$argon2id$v=19$m=512,t=3,p=2$c29tZXNhbHQtb2YtMTZieQ$Yha4psT8rvFBrXEVMtLSdq2M/t1P9tZ0"],
  [
    "Argon2i 1.0",
    plain,
    "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQtb2YtMTZieQ$s0dqkxow6s1uSpzb/9iyci/+Ng+haz3a2haeP/xj7p8",
  ],
  [
    "Argon2i 1.0 that does not say so",
    plain,
    "$argon2i$m=256,t=2,p=1$c29tZXNhbHQtb2YtMTZieQ$s0dqkxow6s1uSpzb/9iyci/+Ng+haz3a2haeP/xj7p8",
  ],
  [
    "Argon2id by passlib",
    plain,
    "$argon2id$v=19$m=1024,t=2,p=2$Q8hZKyUkhPDeG2PsHeN8jw$PogNG7QWwna0YDqd+ZkVMnqBlxKadND34TMGA9pOXK4",
  ],
];

/** Published with OpenBSD's and jBCrypt's implementations. */
const publishedBcrypt: readonly (readonly [password: string, hash: string])[] = [
  ["a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
  ["abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"],
  ["abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"],
  ["~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO"],
];

describe("a hash that another tool made", () => {
  test.each(madeByTools)("%s verifies its password and no other", async (_what, password, hash) => {
    expect(await check(password, hash)).toBe(true);
    expect(await check(`${password} `, hash)).toBe(false);
    expect(await check(password.slice(1), hash)).toBe(false);
  });

  test.each(publishedBcrypt)("bcrypt's published vector of %j verifies", async (password, hash) => {
    expect(await check(password, hash)).toBe(true);
    expect(await check(`${password}x`, hash)).toBe(false);
  });

  test("of a decomposed password does not verify the composed one, since the hash covers the typed form", async () => {
    for (const [what, password, hash] of madeByTools) {
      if (password === decomposed) expect(await check(decomposed.normalize("NFC"), hash), what).toBe(false);
    }
  });
});

describe("bcrypt reads 72 bytes", () => {
  const splitsLetter = "$2b$04$1qsoNTAJnf2qAXhaB/394.vKhc4lLYo81/QtLEN2V2ZTP8dhXECzy";
  const full = "$2b$04$xhEJJwDtXqGpnSzwX0/bh.hGIG8V5vkp7LWBWe9k3.qiul0yH0q52";

  test("and ignores what follows them", async () => {
    expect(await check(`${"ü".repeat(36)}beyond`, full)).toBe(true);
    expect(await check("ü".repeat(36), full)).toBe(true);
    expect(await check(`${"ü".repeat(36)}something else`, full)).toBe(true);
  });

  test("and every one of them matters", async () => {
    expect(await check(`${"ü".repeat(35)}u`, full)).toBe(false);
    expect(await check("ü".repeat(35), full)).toBe(false);
  });

  test("also when they end within a letter", async () => {
    expect(await check(`${"a".repeat(71)}étail beyond`, splitsLetter)).toBe(true);
    // é and è begin with the same byte, which is the last that counts.
    expect(await check(`${"a".repeat(71)}è`, splitsLetter)).toBe(true);
    expect(await check(`${"a".repeat(71)}e`, splitsLetter)).toBe(false);
  });
});

describe("a hash is refused", () => {
  const salt = "c29tZXNhbHQtb2YtMTZieQ";
  const digest = "s0dqkxow6s1uSpzb/9iyci/+Ng+haz3a2haeP/xj7p8";
  const hex = "0".repeat(64);

  test.each([
    ["an Argon2 of 2 GiB", `$argon2id$v=19$m=2097152,t=1,p=1$${salt}$${digest}`],
    ["an Argon2 of 1000 passes", `$argon2id$v=19$m=64,t=1000,p=1$${salt}$${digest}`],
    ["an Argon2 of 255 lanes", `$argon2id$v=19$m=4096,t=1,p=255$${salt}$${digest}`],
    ["a bcrypt of cost 31", `$2b$31$${"a".repeat(53)}`],
    ["a PBKDF2 of Werkzeug's with 2 thousand million iterations", `pbkdf2:sha256:2000000000$salt$${hex}`],
    ["a PBKDF2 of passlib's with as many", `$pbkdf2-sha256$2000000000$${salt}$${"a".repeat(43)}`],
    ["a scrypt of 4 GiB", `scrypt:4194304:8:1$salt$${hex}${hex}`],
    ["a scrypt of 4096 lanes", `scrypt:1024:8:4096$salt$${hex}${hex}`],
  ])("that exceeds the limits: %s", (_what, text) => {
    expect(() => readStoredHash(text)).toThrow(/asks for more than is allowed/);
  });

  test.each([
    ["a bcrypt of cost 3", `$2b$03$${"a".repeat(53)}`],
    ["a PBKDF2 of no iteration", `pbkdf2:sha256:0$salt$${hex}`],
    ["a scrypt without a block", `scrypt:1024:0:1$salt$${hex}${hex}`],
    ["a scrypt of an N that is no power of 2", `scrypt:1000:8:1$salt$${hex}${hex}`],
  ])("that no tool makes: %s", (_what, text) => {
    expect(() => readStoredHash(text)).toThrow(/^asks for/);
  });

  test.each([
    ["nothing", ""],
    ["a password", "correct horse"],
    ["an MD5", "5f4dcc3b5aa765d61d8327deb882cf99"],
    ["a bcrypt of a faulty implementation", `$2x$04$${"a".repeat(53)}`],
    ["a bcrypt that was cut off", `$2b$04$${"a".repeat(52)}`],
    ["a hash with a line break at its end", `$2b$04$${"a".repeat(53)}\n`],
    ["an Argon2 with a secret key", `$argon2id$v=19$m=64,t=1,p=1,keyid=AAAA$${salt}$${digest}`],
    ["an Argon2 of an unknown version", `$argon2id$v=18$m=64,t=1,p=1$${salt}$${digest}`],
    ["a PBKDF2 over SHA-1", `pbkdf2:sha1:1000$salt$${"0".repeat(40)}`],
    ["a PBKDF2 without a salt", `pbkdf2:sha256:1000$$${hex}`],
  ])("in an unknown format: %s", (_what, text) => {
    expect(() => readStoredHash(text)).toThrow("is in no format that is known here");
  });
});
