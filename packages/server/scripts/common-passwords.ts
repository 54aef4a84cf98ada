// Writes packages/server/src/auth/password/common-passwords.gen.ts from a list: node packages/server/scripts/common-passwords.ts LIST
//
// LIST is src/passwords.json of the npm package @zxcvbn-ts/language-common (MIT, https://github.com/zxcvbn-ts/zxcvbn),
// which ranks the passwords of public breaches by how often they occur:
//   npm pack @zxcvbn-ts/language-common@4.1.3 && tar xzf zxcvbn-ts-language-common-4.1.3.tgz package/src/passwords.json
import { readFileSync, writeFileSync } from "node:fs";
import { foldPassword } from "../src/auth/password/common-passwords.ts";

const source = "@zxcvbn-ts/language-common 4.1.3";
const maxEntries = 10_000;
/** Shorter ones are refused for their length. */
const minCharacters = 8;
const maxLineCharacters = 119;
const target = new URL("../src/auth/password/common-passwords.gen.ts", import.meta.url);

const [path] = process.argv.slice(2);
if (path === undefined) {
  process.stderr.write("Usage: node packages/server/scripts/common-passwords.ts LIST\n");
  process.exitCode = 2;
} else {
  writeFileSync(target, toModule(selectEntries(JSON.parse(readFileSync(path, "utf8")))));
}

/** The most frequent ones that the policy has to look for, each in the form in which it is compared. */
function selectEntries(ranked: readonly string[]): readonly string[] {
  const folded = ranked.map(foldPassword).filter((entry) => [...entry].length >= minCharacters && isPlain(entry));
  return [...new Set(folded)].slice(0, maxEntries);
}

/** A blank would end the entry, and the others would mean something in the file. */
function isPlain(entry: string): boolean {
  return !/[\s`\\$]/.test(entry);
}

function toModule(entries: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const entry of entries) {
    if (line.length + 1 + entry.length > maxLineCharacters) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? entry : `${line} ${entry}`;
  }
  lines.push(line);
  return `// Made by packages/server/scripts/common-passwords.ts from ${source} (MIT); do not edit.

/** The ${entries.length} most common passwords that are long enough, folded, most common first, apart by white space. */
export const commonPasswordList = \`
${lines.join("\n")}
\`;
`;
}
