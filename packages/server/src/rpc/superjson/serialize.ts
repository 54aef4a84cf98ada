import superjson, { type SuperJSONResult } from "superjson";

/** Superjson's annotation of a value: its type, and for a Map or Set the annotations of its members. */
type Annotation = readonly [type: string, inside?: Annotations];
/** Annotations by path, in superjson's form. */
type Annotations = Record<string, Annotation>;
type PlainObject = Record<string, unknown>;

interface Walk {
  annotations: Annotations;
  hasAnnotations: boolean;
  latestPath: string;
  /** The objects and bigints so far: superjson also annotates a value that occurs twice. */
  readonly seen: Set<unknown>;
  isLeftToSuperjson: boolean;
}

/**
 * Returns what `superjson.serialize` returns, equal to the byte once both are text, in about a third of the time. Plain
 * objects, arrays, dates, undefined, bigints, Maps and Sets are converted here; a value that contains anything else, or one
 * instance in two places, is left to superjson. Parts that need no conversion are not copied, so write the result as text at
 * once. Superjson's registrations are ignored for the kinds that are converted here.
 */
export function serialize(value: unknown): SuperJSONResult {
  const walk: Walk = {
    annotations: {},
    hasAnnotations: false,
    latestPath: "",
    seen: new Set([value]),
    isLeftToSuperjson: false,
  };
  const json = writeRoot(value, walk);
  if (walk.isLeftToSuperjson) return superjson.serialize(value);
  const result = walk.hasAnnotations ? { json, meta: { values: walk.annotations, v: 1 } } : { json };
  // The result's type spells out every annotation that superjson knows.
  return result as SuperJSONResult;
}

/** Converts a plain object or array. Leaves any other root to superjson, which annotates a root in another form. */
function writeRoot(value: unknown, walk: Walk): unknown {
  if (isPlainArray(value)) return writeArray(value, "", walk);
  return isPlainObject(value) ? writePlainObject(value, "", walk) : leaveToSuperjson(value, walk);
}

function isPlainArray(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype;
}

function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function leaveToSuperjson(value: unknown, walk: Walk): unknown {
  walk.isLeftToSuperjson = true;
  return value;
}

function write(value: unknown, path: string, walk: Walk): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : leaveToSuperjson(value, walk);
    case "undefined":
      annotate(path, ["undefined"], walk);
      return null;
    case "bigint":
      if (!isNew(value, walk)) return leaveToSuperjson(value, walk);
      annotate(path, ["bigint"], walk);
      return value.toString();
    case "object":
      if (value === null) return value;
      return isNew(value, walk) ? writeObject(value, path, walk) : leaveToSuperjson(value, walk);
    default:
      return leaveToSuperjson(value, walk);
  }
}

function annotate(path: string, annotation: Annotation, walk: Walk): void {
  if (isOutOfOrder(path, walk.latestPath)) walk.isLeftToSuperjson = true;
  walk.annotations[path] = annotation;
  walk.hasAnnotations = true;
  walk.latestPath = path;
}

/**
 * Whether superjson would write this annotation in another order. It collects the annotations of each container as keys of an
 * object, where numbers come before all other keys; in the order of the walk, a number may come after a key with annotations
 * inside.
 */
function isOutOfOrder(path: string, latestPath: string): boolean {
  if (!isDigit(path.charCodeAt(path.length - 1))) return false;
  const container = path.slice(0, path.lastIndexOf(".") + 1);
  return latestPath.startsWith(container) && latestPath.includes(".", container.length);
}

function isDigit(characterCode: number): boolean {
  return characterCode >= 48 && characterCode <= 57;
}

function isNew(value: unknown, { seen }: Walk): boolean {
  const { size } = seen;
  return seen.add(value).size !== size;
}

function writeObject(value: object, path: string, walk: Walk): unknown {
  if (value instanceof Date) return writeDate(value, path, walk);
  if (isPlainArray(value)) return writeArray(value, `${path}.`, walk);
  if (isPlainObject(value)) return writePlainObject(value, `${path}.`, walk);
  if (value instanceof Map) return writeCollection("map", value.entries(), { path, walk });
  if (value instanceof Set) return writeCollection("set", value.values(), { path, walk });
  return leaveToSuperjson(value, walk);
}

function writeDate(date: Date, path: string, walk: Walk): unknown {
  if (Number.isNaN(date.valueOf())) return leaveToSuperjson(date, walk);
  annotate(path, ["Date"], walk);
  return date.toISOString();
}

function writeCollection(type: string, entries: Iterable<unknown>, at: { path: string; walk: Walk }): unknown {
  const { path, walk } = at;
  const { annotations, latestPath } = walk;
  const inside: Annotations = {};
  Object.assign(walk, { annotations: inside, latestPath: "" });
  const json = writeArray([...entries], "", walk);
  Object.assign(walk, { annotations, latestPath });
  annotate(path, Object.keys(inside).length === 0 ? [type] : [type, inside], walk);
  return json;
}

function writeArray(array: unknown[], prefix: string, walk: Walk): unknown {
  // An array with holes, or with keys besides its indexes, which superjson handles too.
  if (Object.keys(array).length !== array.length) return leaveToSuperjson(array, walk);
  let copy: unknown[] | undefined;
  for (const [index, value] of array.entries()) {
    if (value === undefined && !(index in array)) return leaveToSuperjson(array, walk);
    if (typeof value === "string" || value === null) continue;
    const json = write(value, `${prefix}${index}`, walk);
    if (json !== value) {
      copy ??= array.slice();
      copy[index] = json;
    }
  }
  return copy ?? array;
}

function writePlainObject(object: PlainObject, prefix: string, walk: Walk): unknown {
  let copy: PlainObject | undefined;
  for (const key in object) {
    const value = object[key];
    if (isRefused(key)) leaveToSuperjson(value, walk);
    if (typeof value === "string" || value === null) continue;
    const json = write(value, prefix + escapeKey(key), walk);
    if (json !== value) {
      copy ??= { ...object };
      copy[key] = json;
    }
  }
  return copy ?? object;
}

/** Whether superjson throws for the key. */
function isRefused(key: string): boolean {
  return key === "__proto__" || key === "constructor" || key === "prototype";
}

/** Escapes dots, which separate the keys of a path, and backslashes. */
function escapeKey(key: string): string {
  return key.includes(".") || key.includes("\\") ? key.replaceAll(/[.\\]/g, "\\$&") : key;
}
