import { z } from "zod";
import { unwrap } from "../../packages/server/src/http/rest/operation.ts";
import { type InputField, inputFields } from "./input-fields.ts";
import type { ListedProcedure } from "./procedures.ts";
import type { RawRequest } from "./raw-request.ts";
import { type WorstCase, worstTexts, worstValues } from "./worst-inputs.ts";

/** The largest body of a call by default. */
export const maxBodyBytes = 65_536;
/**
 * The largest body of a procedure by default. That of an upload depends on the settings, and is read only as a file; its JSON is
 * refused.
 */
export function maxBodyBytesOf({ meta }: Pick<ListedProcedure, "meta">): number {
  return typeof meta.maxBodyBytes === "number" ? meta.maxBodyBytes : maxBodyBytes;
}

/** The most calls of a batch by default. */
export const maxBatchSize = 50;

/** A request of about this many bytes. */
export interface Attack {
  readonly name: string;
  readonly request: (bytes: number) => RawRequest;
}

/** The headers of a body of JSON. */
export const json = { "content-type": "application/json" };

/** A POST of JSON. */
export function post(path: string, body: string): RawRequest {
  return { method: "POST", path, headers: json, body };
}

/** A case as the body of a procedure over RPC, in each kind of envelope. */
export function rpcAttack(listed: ListedProcedure, what: string, bodyOf: WorstCase["json"]): Attack {
  const { procedure } = listed;
  return {
    name: `POST /rpc/${procedure}, ${what}`,
    request: (bytes) => post(`/rpc/${procedure}`, bodyOf(Math.min(bytes, maxBodyBytesOf(listed)) - 16)),
  };
}

/** Documents for a procedure: by themselves, and in each of the fields. */
export function documentsOf(procedure: ListedProcedure, fields: readonly InputField[]): readonly WorstCase[] {
  const inFields = ownNames(procedure, fields).flatMap((name) =>
    worstValues.filter(isOfMany).map((value) => ({
      name: `${value.name} in ${name}`,
      json: (bytes: number) => `{${JSON.stringify(name)}:${value.json(bytes - name.length - 5)}}`,
    })),
  );
  return [...worstValues, ...inFields];
}

/**
 * The fields of each procedure that are to be measured one by one. A schema that several procedures share is measured in the
 * first of them: a call without its other required fields is refused by the schemas, so nothing but these has cost anything. Where
 * a field alone makes a valid call, the procedure itself runs, so there it is measured in every procedure.
 */
export function fieldsToMeasure(
  procedures: readonly ListedProcedure[],
): (of: ListedProcedure) => readonly InputField[] {
  const known = new Set<z.core.$ZodType>();
  const chosen = new Map(
    procedures.map((procedure) => {
      const fields = inputFields(procedure).filter((field) => {
        const schema = unwrap(field.schema);
        const isNew = !known.has(schema);
        known.add(schema);
        return isNew || sufficesAlone(procedure.fields, field.path.split("."));
      });
      return [procedure, fields];
    }),
  );
  return (procedure) => chosen.get(procedure) ?? [];
}

/** Whether an input with nothing but the field at the path may be valid. */
function sufficesAlone(fields: ListedProcedure["fields"], [name = "", ...inner]: readonly string[]): boolean {
  const needsOthers = Object.entries(fields).some(
    ([other, schema]) => other !== name && !z.core.safeParse(schema, undefined).success,
  );
  if (needsOthers || inner.length === 0) return !needsOthers;
  const schema = fields[name] && unwrap(fields[name]);
  return schema instanceof z.core.$ZodObject && sufficesAlone(schema._zod.def.shape, inner);
}

function ownNames({ fields }: ListedProcedure, measured: readonly InputField[]): readonly string[] {
  return Object.keys(fields).filter((name) => measured.some(({ path }) => path === name));
}

/** What a schema may look at one by one; others it refuses as they are. */
function isOfMany({ name }: WorstCase): boolean {
  return /^(an array of (numbers|objects|texts|dates)|keys|keys that are numbers|arrays as deep as they may be)$/.test(
    name,
  );
}

/**
 * Texts as long as some rule lets them be in all fields of the procedure at once, and in each of the given ones, however deep,
 * texts as long as the body. A field gets the shorter texts by itself only where the procedure may then run, or where it is not
 * one of those that got them at once.
 */
export function textsOf(procedure: ListedProcedure, fields: readonly InputField[]): readonly WorstCase[] {
  const names = Object.keys(procedure.fields);
  const atOnce = (names.length === 0 ? worstTexts.slice(0, 1) : worstTexts).map((text) => ({
    name: `${text.name} of 254 bytes in all fields`,
    json: () => inAllFields(procedure, text.json(254)),
  }));
  const wasAtOnce = ({ path }: InputField) =>
    names.includes(path) && (names.length === 1 || !sufficesAlone(procedure.fields, [path]));
  const inEach = fields.flatMap((field) =>
    worstTexts.flatMap((text) =>
      (wasAtOnce(field) ? [undefined] : [254, undefined]).map((characters) => ({
        name: `${text.name} of ${characters ?? "all"} bytes in ${field.path}`,
        json: (bytes: number) => hold(field.holding("@@"), text.json(characters ?? bytes - 100)),
      })),
    ),
  );
  return [...atOnce, ...inEach];
}

function inAllFields({ fields }: ListedProcedure, text: string): string {
  const named = Object.fromEntries(Object.keys(fields).map((name) => [name, "@@"]));
  return JSON.stringify(named).replaceAll('"@@"', () => text);
}

function hold(input: unknown, value: string): string {
  return JSON.stringify(input).replace('"@@"', () => value);
}

/**
 * As many calls as a batch may hold, so that what grows with their number shows. Each is refused: calls with inputs that are accepted do
 * their work, however they are sent, which their limits bound.
 */
export function fullBatchesOf(procedure: ListedProcedure): readonly Attack[] {
  const text = inAllFields(procedure, JSON.stringify("a".repeat(254)));
  const inputs = [text, ...(acceptsEmpty(procedure) ? [] : ["{}"]), "null", '{"k":1}'];
  return inputs.map((input) => batchAttack(procedure, { input, maxSize: maxBatchSize }));
}

function acceptsEmpty({ fields }: ListedProcedure): boolean {
  const schemas = Object.values(fields);
  return schemas.length > 0 && schemas.every((schema) => z.core.safeParse(schema, undefined).success);
}

/** Calls of a batch that is small: enough of them that the cost of one can be told from that of the request. */
export const smallBatchSize = 5;

/** Small batches in which all fields of each call hold the same text; none if no field is to be measured. */
export function textBatchesOf(procedure: ListedProcedure, fields: readonly InputField[]): readonly Attack[] {
  if (fields.length === 0) return [];
  return [254, 1200].flatMap((characters) =>
    worstTexts.map((text) =>
      batchAttack(procedure, { input: inAllFields(procedure, text.json(characters)), maxSize: smallBatchSize }),
    ),
  );
}

function batchAttack({ procedure }: ListedProcedure, { input, maxSize }: { input: string; maxSize: number }): Attack {
  return {
    name: `a batch of ${maxSize} of ${procedure}, each with ${input.slice(0, 60)}`,
    request: (bytes) => {
      const room = Math.floor((Math.min(bytes, maxBodyBytes) - 16) / (Buffer.byteLength(input) + 16));
      const size = Math.max(1, Math.min(maxSize, room));
      const inputs = Array.from({ length: size }, (_, index) => `"${index}":{"json":${input}}`);
      return post(`/rpc/${Array(size).fill(procedure).join(",")}?batch=1`, `{${inputs.join(",")}}`);
    },
  };
}

/** An attack by its name. */
export function of(name: string, request: Attack["request"]): Attack {
  return { name, request };
}

/** The same document in superjson's envelope. */
export function wrap(document: WorstCase["json"]): WorstCase["json"] {
  return (bytes) => `{"json":${document(bytes - 9)}}`;
}

/** JSON for an address, as much as fits when it is percent-encoded. */
export function encode(document: WorstCase["json"], bytes: number): string {
  const size = encodeURIComponent(document(bytes)).length;
  return encodeURIComponent(document(Math.floor(bytes * Math.min(1, bytes / size))));
}
