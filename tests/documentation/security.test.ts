import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const document = readFileSync(new URL("docs/security.md", root), "utf8");
const rows = readdirSync(new URL("tests/abuse/", root))
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.replace(/\.test\.ts$/, ""));

describe("docs/security.md", () => {
  test("names tests that exist", () => {
    const named = [...document.matchAll(/`(tests\/[^`]+)`/g)]
      .map(([, path = ""]) => path)
      .filter((path) => !path.includes("<"));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  test.each(rows)("has the abuse case %s", (row) => {
    expect(document).toMatch(new RegExp(`^\\| ${Number.parseInt(row, 10)} \\|.*\`${row}\``, "m"));
  });

  test("names only abuse cases that are tested", () => {
    const named = [...document.matchAll(/^\| \d+ \|.*\| (.+) \|$/gm)].flatMap(([, files = ""]) =>
      [...files.matchAll(/`([^`]+)`/g)].map(([, row = ""]) => row),
    );
    expect(named.filter((row) => !rows.includes(row))).toEqual([]);
  });
});
