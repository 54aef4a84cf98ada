import { expect, test } from "vitest";
import { usernameSkeleton } from "./username.ts";

/** The characters of usernames. */
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

test("the skeleton is what migration 0031 computes for the usernames that there were", () => {
  const prototypes: Readonly<Record<string, string>> = { "0": "O", "1": "l", I: "l", m: "rn" };
  const expected = [...alphabet].map((character) => (prototypes[character] ?? character).toLowerCase());
  expect([...alphabet].map(usernameSkeleton)).toEqual(expected);
});

test.each([
  ["paul", "PauI"],
  ["bob", "b0b"],
  ["mike", "rnike"],
  ["Ada", "ada"],
])("%s looks like %s", (one, other) => {
  expect(usernameSkeleton(one)).toBe(usernameSkeleton(other));
});

test.each([
  ["paul", "paui"],
  ["ada", "eda"],
  ["a.b", "a-b"],
])("%s does not look like %s", (one, other) => {
  expect(usernameSkeleton(one)).not.toBe(usernameSkeleton(other));
});
