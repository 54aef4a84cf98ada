/** The most expensive JSON for its bytes, by kind. */
export interface WorstCase {
  readonly name: string;
  /** At most this many bytes, and nearly as many. */
  readonly json: (bytes: number) => string;
}

/** The unit as often as the bytes allow. */
export function repeat(unit: string, bytes: number): string {
  return unit.repeat(Math.max(0, Math.floor(bytes / Buffer.byteLength(unit))));
}

/** As many members as the bytes allow. */
function list(bytes: number, memberAt: (index: number) => string): string {
  const members: string[] = [];
  for (let left = bytes, index = 0; ; index++) {
    const member = memberAt(index);
    left -= member.length + 1;
    if (left < 0) return members.join(",");
    members.push(member);
  }
}

const arrayOf = (member: string) => (bytes: number) => `[${list(bytes - 2, () => member)}]`;
const objectOf = (memberAt: (index: number) => string) => (bytes: number) => `{${list(bytes - 2, memberAt)}}`;
const text = (unit: string) => (bytes: number) => `"${repeat(unit, bytes - 2)}"`;

/** Large values of every type. */
export const worstValues: readonly WorstCase[] = [
  { name: "an array of numbers", json: arrayOf("1") },
  { name: "an array of arrays", json: arrayOf("[]") },
  { name: "an array of objects", json: arrayOf("{}") },
  { name: "an array of objects with a field", json: arrayOf('{"a":1}') },
  { name: "an array of texts", json: arrayOf('"a"') },
  { name: "an array of dates", json: arrayOf('"2026-01-01T00:00:00Z"') },
  { name: "an array of null", json: arrayOf("null") },
  { name: "keys", json: objectOf((index) => `"k${index}":1`) },
  { name: "keys that are numbers", json: objectOf((index) => `"${index * 4096}":1`) },
  { name: "keys that are large numbers", json: objectOf((index) => `"${4_294_967_294 - index * 65_536}":1`) },
  { name: "one key again and again", json: objectOf(() => '"a":1') },
  { name: "keys with objects", json: objectOf((index) => `"k${index}":{}`) },
  { name: "the key constructor with objects", json: arrayOf('{"constructor":{}}') },
  { name: "a long key", json: (bytes) => `{${text("k")(bytes - 4)}:1}` },
  { name: "a long number", json: (bytes) => repeat("7", bytes) },
  { name: "a long fraction", json: (bytes) => `0.${repeat("7", bytes - 2)}` },
  { name: "white space", json: (bytes) => `${repeat(" ", bytes - 1)}1` },
  { name: "arrays in each other", json: (bytes) => repeat("[", bytes / 2) + repeat("]", bytes / 2) },
  { name: "objects in each other", json: (bytes) => `${repeat('{"a":', bytes - bytes / 6)}1${repeat("}", bytes / 6)}` },
  {
    name: "arrays as deep as they may be",
    json: arrayOf(`${"[".repeat(60)}${"]".repeat(60)}`),
  },
  { name: "a prototype at the end", json: (bytes) => `[${list(bytes - 20, () => "[]")},{"__proto__":1}]` },
];

/** Parts of texts that may be slow for rules, libraries and databases. */
export const textUnits: readonly string[] = [
  "a",
  "0",
  "+",
  "@",
  "a@",
  "a.",
  " ",
  "-abcdefgh",
  "\\u0301\\u0316",
  "\u0301\u0316",
  "\ufdfa",
  "İ",
  "🔑",
  "\\u0000",
  "\\ud800",
  "xn--",
  "；ext=1",
  "2026-01-01T",
];

/** Texts of a length, for the rules of a field. */
export const worstTexts: readonly WorstCase[] = textUnits.map((unit) => ({
  name: `a text of ${JSON.stringify(unit)}`,
  json: text(unit),
}));

/** Inputs in superjson's format with expensive annotations. */
export const worstEnvelopes: readonly WorstCase[] = [
  {
    name: "a Set walked for each equal reference",
    json: (bytes) => {
      const members = Math.floor(bytes / 5);
      const path = `"s.${members - 1}"`;
      const equalities = `{${path}:[${list(bytes - 3 * members - 120, () => path)}]}`;
      return `{"json":{"s":[${Array(members).fill("[]").join(",")}]},"meta":{"values":{"s":["set"]},"referentialEqualities":${equalities}}}`;
    },
  },
  {
    name: "a Set walked for each note",
    json: (bytes) => {
      const members = Math.floor(bytes / 20);
      const notes = list(bytes - 2 * members - 60, (index) => `"s.${members - 1 - index}":["Date"]`);
      return `{"json":{"s":[${Array(members).fill("1").join(",")}]},"meta":{"values":{"s":["set"],${notes}}}}`;
    },
  },
  {
    name: "a Map walked for each note",
    json: (bytes) => {
      const members = Math.floor(bytes / 30);
      const notes = list(bytes - 6 * members - 60, (index) => `"s.${members - 1 - index}.1":["Date"]`);
      return `{"json":{"s":[${Array(members).fill("[1,1]").join(",")}]},"meta":{"values":{"s":["map"],${notes}}}}`;
    },
  },
  {
    name: "equal references to the root",
    json: (bytes) => `{"json":{"a":1},"meta":{"referentialEqualities":[[${list(bytes - 60, (i) => `"a${i}"`)}]]}}`,
  },
  annotated("undefined", "null", (index) => `${index}`),
  annotated("Date", '"2026-01-01T00:00:00Z"', (index) => `${index}`),
  annotated("bigint", `"${"9".repeat(100)}"`, (index) => `${index}`),
  {
    name: "annotations with deep paths",
    json: (bytes) => {
      const deep = `${"[".repeat(60)}${list(bytes / 3, () => "null")}${"]".repeat(60)}`;
      const notes = list(bytes - deep.length - 60, (index) => `"${"0.".repeat(59)}${index}":["undefined"]`);
      return `{"json":${deep},"meta":{"values":{${notes}},"v":1}}`;
    },
  },
  {
    name: "annotations with escaped paths",
    json: (bytes) => {
      const key = "\\\\.".repeat(30);
      return `{"json":{"${".".repeat(30)}":[${list(bytes / 4, () => "null")}]},"meta":{"values":{${list(bytes / 2, (index) => `"${key}.${index}":["undefined"]`)}},"v":1}}`;
    },
  },
  { name: "a long path", json: (bytes) => `{"json":{},"meta":{"values":{${text("a.")(bytes - 60)}:["Date"]}}}` },
  {
    name: "a long escaped path",
    json: (bytes) => `{"json":{},"meta":{"values":{${text("\\\\.")(bytes - 60)}:["Date"]},"v":1}}`,
  },
  { name: "a long kind", json: (bytes) => `{"json":{"a":1},"meta":{"values":{"a":[${text("k")(bytes - 60)}]}}}` },
  {
    name: "kinds in each other",
    json: (bytes) => `{"json":{"a":1},"meta":{"values":{"a":${repeat('["set",{"0":', bytes - bytes / 6)}1`,
  },
  {
    name: "annotations in each other",
    json: (bytes) => {
      const depth = Math.floor((bytes - 60) / 6);
      return `{"json":{},"meta":{"values":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}}`;
    },
  },
  { name: "other members", json: objectOf((index) => `"k${index}":1`) },
];

function annotated(kind: string, member: string, pathAt: (index: number) => string): WorstCase {
  return {
    name: `annotations of ${kind}`,
    json: (bytes) => {
      const count = Math.floor((bytes - 80) / (member.length + kind.length + 15));
      const notes = Array.from({ length: count }, (_, index) => `"${pathAt(index)}":["${kind}"]`);
      return `{"json":[${Array(count).fill(member).join(",")}],"meta":{"values":{${notes.join(",")}},"v":1}}`;
    },
  };
}
