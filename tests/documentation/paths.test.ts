import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const documents = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })].sort();

/** What a guide has its reader make. */
const madeByTheReader = /^apps\/(?:web\b|api\/src\/note\/)/;

/** Paths that begin at the root of the repository; `<name>` and `*` stand for any name. */
const fromRoot = /`((?:packages|apps|scripts|tests|benchmarks|docs)\/[^`\s]*)`/g;

/** Files of the server by their short names, such as `auth/session/end.ts`; in diagrams too, so without backticks. */
const fromServer =
  /(?<![\w/.-])((?:audit|auth|crypto|database|delivery|device|doctor|encryption|group|http|jobs|limits|logging|metrics|outbound|picture|role|rpc|schema|user|webhook)\/[\w./*-]+\.ts)\b/g;

/** Files of the server by their bare names, such as `end.ts`. */
const bareName = /(?<![\w/.<-])[a-z][\w-]*\.ts\b/g;

const link = /\]\((?!\w+:)([^)#\s]*)(?:#([^)]+))?\)/g;

function namedPaths(text: string): readonly string[] {
  return [
    ...[...text.matchAll(fromRoot)].map(([, path = ""]) => path),
    ...[...text.matchAll(fromServer)].map(([, path = ""]) => join("packages/server/src", path)),
  ].filter((path) => !madeByTheReader.test(path));
}

interface Link {
  readonly file: string;
  readonly section: string | undefined;
}

function linksOf(document: string, text: string): readonly Link[] {
  return [...text.matchAll(link)].map(([, path = "", section]) => ({
    file: path === "" ? document : join(dirname(document), path),
    section,
  }));
}

/** The bare names outside tables: a table names the files that every slice has. */
function bareNames(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => (line.startsWith("|") ? [] : (line.match(bareName) ?? [])));
}

/** Whether a bare name means one file of the server: the one beside `index.ts`, or the only one of that name. */
function isOneFile(name: string): boolean {
  const source = "packages/server/src";
  return exists(join(source, name)) || globSync(`${source}/**/${name}`, { cwd: root }).length === 1;
}

function exists(path: string): boolean {
  return existsSync(join(root, path)) || globSync(path.replaceAll(/<[^>]+>/g, "*"), { cwd: root }).length > 0;
}

/** The sections of a document as GitHub names them in addresses. */
function sectionsOf(file: string): readonly string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

describe.each(documents)("%s", (document) => {
  const text = read(document);

  test("names paths that exist", () => {
    expect(namedPaths(text).filter((path) => !exists(path))).toEqual([]);
  });

  test("links to files and sections that exist", () => {
    const links = linksOf(document, text);
    expect(links.filter(({ file }) => !exists(file))).toEqual([]);
    const toSections = links.filter(({ file, section }) => section !== undefined && file.endsWith(".md"));
    expect(toSections.filter(({ file, section = "" }) => !sectionsOf(file).includes(section))).toEqual([]);
  });
});

test("architecture.md names a file of the server by its bare name only if no other file has that name", () => {
  const names = bareNames(read("docs/architecture.md"));
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !isOneFile(name))).toEqual([]);
});

test("the documents name paths and sections at all", () => {
  expect(documents.flatMap((document) => namedPaths(read(document))).length).toBeGreaterThan(100);
  expect(documents.flatMap((document) => linksOf(document, read(document))).length).toBeGreaterThan(100);
});
