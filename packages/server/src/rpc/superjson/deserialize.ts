import { assertBounded, maxInputDepth, UnreadableInputError } from "../input-bounds.ts";

/** Longer ones take time by the square of their digits to read. */
const bigintPattern = /^-?\d{1,100}$/;

const datePattern = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Characters of the caller's own text in a message, at most. */
const maxQuotedCharacters = 100;

type Members = Record<string, unknown>;

/** What an annotation makes of the JSON that stands in the value's place; throws where it cannot. */
type Reader = (json: unknown, path: string) => unknown;

const readers: ReadonlyMap<unknown, Reader> = new Map<unknown, Reader>([
  ["Date", readDate],
  ["bigint", readBigint],
  ["undefined", readUndefined],
]);

/**
 * An input out of superjson's form, parsed from JSON, of which it takes what inputs need: dates, `undefined` and bigints. In
 * time that grows with its bytes alone; superjson itself reads Sets, Maps and equal references in time that grows with their
 * square. Values are put into `envelope` itself. Throws {@link UnreadableInputError} with what its caller can do.
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

/** The keys of a path, in the form of one version of superjson. */
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
    // `memberOf` has refused all but objects and arrays that have this key; an array takes its index as text, too.
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

/** Dots separate the keys. Versions of superjson before 2.2.3 send no "v", and escape otherwise: they may escape nothing. */
function splitPath(path: string): string[] {
  if (path.includes("\\")) throw new UnreadableInputError('Paths with a backslash take "v": 1 in superjson\'s meta.');
  return path.split(".", maxInputDepth + 1);
}

/** Dots separate the keys, and belong to a key after a backslash. */
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

/** Superjson, too, refuses these keys in paths. */
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
