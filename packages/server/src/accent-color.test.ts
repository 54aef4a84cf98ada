import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backgrounds, contrast, darkAccentOf, defaultAccentColor, isReadableAccent } from "./accent-color.ts";

describe("the accent colour", () => {
  test("is measured as WCAG does", () => {
    expect(contrast("#000000", "#ffffff")).toBe(21);
    expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
    expect(contrast("#ffffff", "#ffffff")).toBe(1);
  });

  test("must be read on white and on the page", () => {
    expect(isReadableAccent(defaultAccentColor)).toBe(true);
    expect(isReadableAccent("#767676")).toBe(false);
    expect(isReadableAccent("#ffff00")).toBe(false);
  });

  test("can be read in the dark theme, whatever it is", () => {
    const channel = fc.integer({ min: 0, max: 255 }).map((value) => value.toString(16).padStart(2, "0"));
    fc.assert(
      fc.property(channel, channel, channel, (red, green, blue) => {
        const dark = darkAccentOf(`#${red}${green}${blue}`);
        expect(dark).toMatch(/^#[0-9a-f]{6}$/);
        for (const background of Object.values(backgrounds.dark)) {
          expect(contrast(dark, background)).toBeGreaterThanOrEqual(4.5);
        }
      }),
    );
  });
});
