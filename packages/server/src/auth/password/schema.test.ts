import { expect, test } from "vitest";
import { newPasswordSchema } from "./schema.ts";

/** A character of NFC that some keyboards type as three, of two UTF-16 code units each. */
const composed = "\u{16126}";
const typed = composed.normalize("NFD");

test("256 characters are accepted in any normal form, and one more is not", () => {
  expect(typed).toHaveLength(6);
  expect(newPasswordSchema.safeParse(typed.repeat(256)).success).toBe(true);
  expect(newPasswordSchema.safeParse(composed.repeat(257)).success).toBe(false);
  const { error } = newPasswordSchema.safeParse(typed.repeat(257));
  const message = "This password is too long. It may have 256 characters at most.";
  expect(error?.issues.map((issue) => issue.message)).toEqual([message]);
});
