import { expect, test } from "vitest";
import { canonicalEmail, countedMailbox } from "./canonical.ts";

test.each([
  ["ada@example.com", "ada@example.com"],
  ["Ada+news@Example.com", "ada@example.com"],
  ["ada+a+b@example.com", "ada@example.com"],
  ["+ada@example.com", "+ada@example.com"],
  ["a.d.a@example.com", "a.d.a@example.com"],
  ["a.d.a+x@gmail.com", "ada@gmail.com"],
  ["Ada@GoogleMail.com", "ada@gmail.com"],
])("mail to %s counts for %s", (email, counted) => {
  expect(countedMailbox(email)).toBe(counted);
});

test("addresses that count together still belong to different accounts", () => {
  expect(canonicalEmail("ada+x@gmail.com")).not.toBe(canonicalEmail("ada+y@gmail.com"));
  expect(canonicalEmail("a.da@gmail.com")).not.toBe(canonicalEmail("ada@gmail.com"));
});
