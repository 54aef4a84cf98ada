import { expect, test } from "vitest";
import { onFirstRead } from "./on-first-read.ts";

test("a value is made once for all that read it, and only when one does", async () => {
  let made = 0;
  const read = onFirstRead(async () => (made += 1));
  expect(made).toBe(0);
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(1);
});

test("after an error, the next reader tries again", async () => {
  const results = [Promise.reject(new Error("too many open files")), Promise.resolve("made")];
  const read = onFirstRead(async () => await results.shift());
  await expect(read()).rejects.toThrow("too many open files");
  expect(await read()).toBe("made");
});
