import { expect, test } from "vitest";
import { createPasswordHasher } from "./password-hashing.ts";

const cheap = { memoryKib: 8192, passes: 1, concurrency: 2, maxWaiting: 100 };

test("a hash is an Argon2id string with its cost, salted, and verifies its password only", async () => {
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

test("the same characters match however they are composed", async () => {
  const hasher = await createPasswordHasher(cheap);
  const composed = "caf\u00e9 Å";
  const decomposed = composed.normalize("NFD");
  expect(decomposed).not.toBe(composed);
  expect(await hasher.verify(decomposed, await hasher.hash(composed))).toBe(true);
  expect(await hasher.verify(composed, await hasher.hash(decomposed))).toBe(true);
});

test("characters that only look alike do not match", async () => {
  const hasher = await createPasswordHasher(cheap);
  expect(await hasher.verify("pass1", await hasher.hash("pass\u00b9"))).toBe(false);
});

test("no password is nobody's, not even the one behind nobody's hash", async () => {
  const hasher = await createPasswordHasher(cheap);
  expect(await hasher.verifyNothing("correct horse")).toBe(false);
  expect(await hasher.verifyNothing("nobody's password")).toBe(false);
});

test("beyond those that may wait, a hash is refused with when to come again, and the others are made", async () => {
  const hasher = await createPasswordHasher({ ...cheap, concurrency: 1, maxWaiting: 1 });
  const hashed = await hasher.hash("correct horse");
  const outcomes = await Promise.allSettled([
    hasher.hash("correct horse"),
    hasher.verify("correct horse", hashed),
    hasher.hash("correct horse"),
    hasher.verify("correct horse", hashed),
    hasher.verifyNothing("correct horse"),
  ]);
  const refusal = expect.objectContaining({ code: "TOO_MANY_REQUESTS", status: 429, retryAfterSeconds: 2 });
  expect(outcomes.slice(0, 2).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(outcomes.slice(2)).toEqual(outcomes.slice(2).map(() => ({ status: "rejected", reason: refusal })));
  expect(await hasher.verify("correct horse", hashed)).toBe(true);
});
