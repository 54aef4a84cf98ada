import { pbkdf2Sync } from "node:crypto";
import { expect, test } from "vitest";
import { createPasswordHasher } from "./password-hashing.ts";

const cheap = { memoryKib: 8192, passes: 1, concurrency: 2, maxWaiting: 100 };

test("a hash is a salted Argon2id string with its cost, and verifies only its password", async () => {
  const hasher = await createPasswordHasher({ ...cheap, passes: 3 });
  const [hashed, again] = await Promise.all([hasher.hash("correct horse"), hasher.hash("correct horse")]);
  expect(hashed).toMatch(/^\$argon2id\$v=19\$m=8192,t=3,p=1\$/);
  expect(again).not.toBe(hashed);
  expect(await hasher.verify("correct horse", hashed)).toBe(true);
  expect(await hasher.verify("Correct horse", hashed)).toBe(false);
  expect(await hasher.verify("", hashed)).toBe(false);
});

test("a hash made at another cost still verifies", async () => {
  const hashed = await (await createPasswordHasher({ ...cheap, passes: 2 })).hash("correct horse");
  expect(await (await createPasswordHasher(cheap)).verify("correct horse", hashed)).toBe(true);
});

test("the same characters match in every normal form", async () => {
  const hasher = await createPasswordHasher(cheap);
  const composed = "caf\u00e9 Å";
  const decomposed = composed.normalize("NFD");
  expect(decomposed).not.toBe(composed);
  expect(await hasher.verify(decomposed, await hasher.hash(composed))).toBe(true);
  expect(await hasher.verify(composed, await hasher.hash(decomposed))).toBe(true);
});

test("an imported password that was hashed as typed matches in every normal form", async () => {
  const hasher = await createPasswordHasher(cheap);
  const decomposed = "cafe\u0301 noir";
  // Werkzeug made both hashes: one of the password as some keyboards type it, one of its composed form.
  const ofDecomposed =
    "pbkdf2:sha256:1000$ZUI9AYs2ZqNpGEUt$bdffbe6f5f1f4441c8441efcdbb78b834f31de2d9131c11871a2007de6b9b07b";
  expect(await hasher.verify(decomposed, ofDecomposed)).toBe(true);
  expect(await hasher.verify(decomposed.normalize("NFC"), ofDecomposed)).toBe(false);
  const ofComposed = `pbkdf2:sha256:1000$salt$${pbkdf2Sync(decomposed.normalize("NFC"), "salt", 1000, 32, "sha256").toString("hex")}`;
  expect(await hasher.verify(decomposed, ofComposed)).toBe(true);
});

test("hashes that were imported or made at another cost are outdated, and new ones are not", async () => {
  const [hasher, costlier] = [await createPasswordHasher(cheap), await createPasswordHasher({ ...cheap, passes: 2 })];
  const hashed = await hasher.hash("correct horse");
  expect(hasher.isOutdated(hashed)).toBe(false);
  expect(costlier.isOutdated(hashed)).toBe(true);
  expect(hasher.isOutdated("$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS")).toBe(true);
});

test("bcrypt waits for its turn like every other hash", async () => {
  const hasher = await createPasswordHasher({ ...cheap, concurrency: 1, maxWaiting: 1 });
  const bcrypt = "$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS";
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => hasher.verify("correct horse", bcrypt)));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  await hasher.close();
});

test("characters that only look alike do not match", async () => {
  const hasher = await createPasswordHasher(cheap);
  expect(await hasher.verify("pass1", await hasher.hash("pass\u00b9"))).toBe(false);
});

test("no password verifies against the placeholder hash of unknown accounts", async () => {
  const hasher = await createPasswordHasher(cheap);
  expect(await hasher.verifyNothing("correct horse")).toBe(false);
  expect(await hasher.verifyNothing("nobody's password")).toBe(false);
});

test("a hash beyond the waiting limit is refused with a time to retry, and the others are computed", async () => {
  const hasher = await createPasswordHasher({ ...cheap, concurrency: 1, maxWaiting: 1 });
  const hashed = await hasher.hash("correct horse");
  const outcomes = await Promise.allSettled([
    hasher.hash("correct horse"),
    hasher.verify("correct horse", hashed),
    hasher.hash("correct horse"),
    hasher.verify("correct horse", hashed),
    hasher.verifyNothing("correct horse"),
  ]);
  const refusal = expect.objectContaining({ code: "TOO_MANY_REQUESTS", status: 429, retryAfterSeconds: 1 });
  expect(outcomes.slice(0, 2).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(outcomes.slice(2)).toEqual(outcomes.slice(2).map(() => ({ status: "rejected", reason: refusal })));
  expect(await hasher.verify("correct horse", hashed)).toBe(true);
});
