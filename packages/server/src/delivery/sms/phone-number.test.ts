import { describe, expect, test } from "vitest";
import { toE164 } from "./phone-number.ts";

describe("a telephone number", () => {
  test.each([
    ["+34 600 000 001", undefined, "+34600000001"],
    ["+34600000001", "US", "+34600000001"],
    ["600 000 001", "ES", "+34600000001"],
    ["(415) 555-2671", "US", "+14155552671"],
    ["0034 600 000 001", "ES", "+34600000001"],
    ["07911 123456", "GB", "+447911123456"],
  ])("%s of %s is %s", (text, country, expected) => {
    expect(toE164(text, country)).toBe(expected);
  });

  test.each([
    ["600 000 001", undefined],
    ["600 000 001", "XX"],
    ["600 000 001", "es"],
    ["+34 600", undefined],
    ["+999 123 456 789", undefined],
    ["call me at +34600000001", undefined],
    ["+14155552671 ext. 12", undefined],
    ["", "ES"],
    ["+".repeat(300), undefined],
    ["1".repeat(300), "US"],
  ])("is not read from %s (country: %s)", (text, country) => {
    expect(toE164(text, country)).toBeUndefined();
  });
});
