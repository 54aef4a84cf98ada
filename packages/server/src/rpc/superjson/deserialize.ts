import { assertBounded, maxInputDepth, UnreadableInputError } from "../input-bounds.ts";

/** At most 100 digits, since reading a bigint takes time quadratic in its digits. */
const bigintPattern = /^-?\d{1,100}$/;

const datePattern = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** The most characters of the caller's text that a message quotes. */
const maxQuotedCharacters = 100;

type Members = Record<string, unknown>;

/** Converts the JSON of an annotated value; throws if it cannot. */
type Reader = (json: unknown, path: string) => unknown;

const readers: ReadonlyMap<unknown, Reader> = new Map<unknown, Reader>([
  ["Date", readDate],
  ["bigint", readBigint],
  ["undefined", readUndefined],
]);

/**
 * Reads an input from superjson's form, parsed from JSON, with the annotations that inputs need: dates, `undefined` and
 * bigints. Takes time linear in the input's bytes; superjson itself reads Sets, Maps and equal references in quadratic time.
 * Changes `envelope` in place. Throws {@link UnreadableInputError}, whose message tells the caller what to do.
 */
export function deserialize(envelope: unknown): unknown {
  if (!isMembers(envelope)) throw new UnreadableInputError('Send superjson: an object with the input in "json".');
  refuseOthers(envelope, ["json", "meta"]);
  const { json, meta } = envelope;
  assertBounded(json);
  return meta === undefined ? json : annotate(json, meta);
}

function annotate(json: unknown, meta: unknown): unknown {
  if (!isMembers(meta)) throw new UnreadableInputError('The "meta" of superjson is an object.');
  if (meta["referentialEqualities"] !== undefined) {
    throw new UnreadableInputError("Inputs take no referentialEqualities: send an object in two places twice.");
  }
  refuseOthers(meta, ["values", "v"]);
  const { values, v } = meta;
  if (v !== undefined && v !== 1) throw new UnreadableInputError('The "v" of superjson\'s meta must be 1.');
  if (values === undefined) return json;
  if (Array.isArray(values)) return readerOf(values, "")(json ?? null, "");
  if (!isMembers(values)) throw new UnreadableInputError('The "values" of superjson\'s meta are an object.');
  readMembers(json, values, v === undefined ? splitPath : unescapePath);
  return json;
}

/** Splits a path into its keys, in the form of one version of superjson. */
type PathReader = (path: string) => string[];

function readMembers(json: unknown, annotations: Members, readPath: PathReader): void {
  for (const path in annotations) {
    const read = readerOf(annotations[path], path);
    const keys = readPath(path);
    if (keys.length > maxInputDepth) throw new UnreadableInputError(`There is nothing${at(path)} to annotate.`);
    const last = keys.pop() ?? "";
    let parent = json;
    for (const key of keys) parent = memberOf(parent, key, path);
    const value = read(memberOf(parent, last, path), path);
    // `memberOf` has rejected everything but objects and arrays with this key; an array also accepts its index as text.
    (parent as Members)[last] = value;
  }
}

function readerOf(annotation: unknown, path: string): Reader {
  const [kind, ...others]: unknown[] = Array.isArray(annotation) ? annotation : [];
  const read = readers.get(kind);
  if (read !== undefined && others.length === 0) return read;
  const name = typeof kind === "string" ? `"${quoted(kind)}"` : "such an annotation";
  const kinds = [...readers.keys()].join(", ");
  throw new UnreadableInputError(`Inputs take no ${name}${at(path)}: of superjson's annotations only ${kinds}.`);
}

/**
 * Splits a path at its dots. superjson before 2.2.3 sends no "v" and escapes differently, so its paths may contain no escapes.
 */
function splitPath(path: string): string[] {
  if (path.includes("\\")) throw new UnreadableInputError('Paths with a backslash take "v": 1 in superjson\'s meta.');
  return path.split(".", maxInputDepth + 1);
}

/** Splits a path at its dots; a dot after a backslash belongs to the key. */
function unescapePath(path: string): string[] {
  if (!path.includes("\\")) return path.split(".", maxInputDepth + 1);
  const keys: string[] = [];
  let key = "";
  for (let index = 0; index < path.length; index++) {
    const character = path.charAt(index);
    if (character === ".") {
      keys.push(key);
      key = "";
    } else {
      if (character === "\\") index += 1;
      key += character === "\\" ? escapedAt(path, index) : character;
    }
  }
  return [...keys, key];
}

function escapedAt(path: string, index: number): string {
  const character = path.charAt(index);
  if (character === "." || character === "\\") return character;
  throw new UnreadableInputError(`The path "${quoted(path)}" is not one of superjson's.`);
}

function memberOf(parent: unknown, key: string, path: string): unknown {
  const isThere = Array.isArray(parent) ? isIndexOf(parent, key) : isMembers(parent) && isMemberOf(parent, key);
  if (!isThere) throw new UnreadableInputError(`There is nothing${at(path)} to annotate.`);
  return (parent as Members)[key];
}

function isIndexOf(array: readonly unknown[], key: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(key) && Number(key) < array.length;
}

/** Rejects the keys that superjson rejects in paths, too. */
function isMemberOf(members: Members, key: string): boolean {
  return Object.hasOwn(members, key) && key !== "constructor" && key !== "prototype";
}

function readDate(json: unknown, path: string): Date {
  const date = typeof json === "string" && datePattern.test(json) ? new Date(json) : undefined;
  if (date !== undefined && !Number.isNaN(date.getTime())) return date;
  throw new UnreadableInputError(`A Date${at(path)} is written in ISO 8601, such as 2026-02-28T12:00:00.000Z.`);
}

function readBigint(json: unknown, path: string): bigint {
  if (typeof json === "string" && bigintPattern.test(json)) return BigInt(json);
  throw new UnreadableInputError(`A bigint${at(path)} is written as text of at most 100 digits.`);
}

function readUndefined(json: unknown, path: string): undefined {
  if (json === null) return undefined;
  throw new UnreadableInputError(`In the place of undefined${at(path)} stands null.`);
}

function refuseOthers(members: Members, names: readonly string[]): void {
  for (const key in members) {
    if (!names.includes(key)) throw new UnreadableInputError(`Superjson has no "${quoted(key)}" here.`);
  }
}

function at(path: string): string {
  return path === "" ? "" : ` at "${quoted(path)}"`;
}

function quoted(text: string): string {
  return text.length > maxQuotedCharacters ? `${text.slice(0, maxQuotedCharacters)}…` : text;
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
