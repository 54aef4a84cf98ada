/** The deepest nesting of objects and arrays that the server accepts. */
const maxDepth = 64;

type Members = Record<string, unknown>;

/** An input as the server reads it: JSON, and annotations for values that JSON does not have. */
interface WrittenInput {
  readonly json: unknown;
  readonly meta?: { readonly values: object; readonly v: 1 };
}

/** The place of the walk, and its annotations so far. */
interface Place {
  /** Keys of the input, as a path of superjson: dots and backslashes in a key have a backslash before them. */
  readonly path: string;
  readonly depth: number;
  readonly notes: Record<string, readonly [kind: string]>;
}

/**
 * Writes an input in superjson's format, with the values that the server accepts: JSON, dates, `undefined` and bigints.
 * An object in two places is written twice. Throws a `TypeError` that names the place of any other value.
 */
export function writeInput(input: unknown): WrittenInput {
  const notes: Place["notes"] = {};
  const json = write(input, { path: "", depth: 1, notes });
  // An annotation of the whole input has no path; inside an object, an empty path is that of an empty key.
  const values = isContainer(input) ? notes : (notes[""] ?? {});
  return Object.keys(values).length === 0 ? { json } : { json, meta: { values, v: 1 } };
}

function write(value: unknown, place: Place): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : refuse("a number that is not finite", place);
    case "undefined":
      return note(null, "undefined", place);
    case "bigint":
      return note(value.toString(), "bigint", place);
    case "object":
      return value === null ? null : writeObject(value, place);
    default:
      return refuse(`a ${typeof value}`, place);
  }
}

function note(json: unknown, kind: string, { path, notes }: Place): unknown {
  notes[path] = [kind];
  return json;
}

function writeObject(value: object, place: Place): unknown {
  if (isDate(value)) {
    return Number.isNaN(value.getTime())
      ? refuse("a date that is none", place)
      : note(value.toISOString(), "Date", place);
  }
  if (place.depth > maxDepth) refuse(`more than ${maxDepth} levels of objects, or a circle`, place);
  if (Array.isArray(value)) return Array.from(value, (element, index) => write(element, inside(place, String(index))));
  if (isPlain(value)) return writeMembers(value, place);
  return refuse(`an instance of ${value.constructor.name}`, place);
}

function writeMembers(members: Members, place: Place): unknown {
  const json: Members = {};
  for (const [key, value] of Object.entries(members)) {
    const at = inside(place, key);
    if (key === "__proto__" || key === "constructor" || key === "prototype") refuse(`the key ${key}`, at);
    json[key] = write(value, at);
  }
  return json;
}

function inside({ path, depth, notes }: Place, key: string): Place {
  const escaped = /[.\\]/.test(key) ? key.replaceAll(/[.\\]/g, "\\$&") : key;
  return { path: depth === 1 ? escaped : `${path}.${escaped}`, depth: depth + 1, notes };
}

function refuse(what: string, { path }: Place): never {
  const where = path === "" ? "" : ` at "${path}"`;
  throw new TypeError(`The input has ${what}${where}: send JSON, dates, undefined and bigints.`);
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null && !isDate(value);
}

/** Accepts dates of other windows and test environments. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/** Accepts objects of other windows too: the prototype of a plain object has no prototype itself. */
function isPlain(value: object): value is Members {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
