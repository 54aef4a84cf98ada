import { inputFields } from "./input-fields.ts";
import type { ListedProcedure } from "./procedures.ts";
import type { RawRequest } from "./raw-request.ts";
import { type WorstCase, worstTexts, worstValues } from "./worst-inputs.ts";

/** The largest body of a call by default. */
export const maxBodyBytes = 65_536;
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
export function rpcAttack({ procedure }: ListedProcedure, what: string, bodyOf: WorstCase["json"]): Attack {
  return {
    name: `POST /rpc/${procedure}, ${what}`,
    request: (bytes) => post(`/rpc/${procedure}`, bodyOf(Math.min(bytes, maxBodyBytes) - 16)),
  };
}

/** Documents for a procedure: as the whole input, and in each of its fields. */
export function documentsOf({ fields }: ListedProcedure): readonly WorstCase[] {
  const inFields = Object.keys(fields).flatMap((name) =>
    worstValues.filter(isOfMany).map((value) => ({
      name: `${value.name} in ${name}`,
      json: (bytes: number) => `{${JSON.stringify(name)}:${value.json(bytes - name.length - 5)}}`,
    })),
  );
  return [...worstValues, ...inFields];
}

/** Values that a schema may check one by one; it refuses others as a whole. */
function isOfMany({ name }: WorstCase): boolean {
  return /^(an array of (numbers|objects|texts|dates)|keys|keys that are numbers|arrays as deep as they may be)$/.test(
    name,
  );
}

/** Texts in every field at every depth: as long as a rule allows, and as long as the body. */
export function textsOf(procedure: ListedProcedure): readonly WorstCase[] {
  return inputFields(procedure).flatMap((field) =>
    worstTexts.flatMap((text) =>
      [254, undefined].map((characters) => ({
        name: `${text.name} of ${characters ?? "all"} bytes in ${field.path}`,
        json: (bytes: number) => hold(field.holding("@@"), text.json(characters ?? bytes - 100)),
      })),
    ),
  );
}

function hold(input: unknown, value: string): string {
  return JSON.stringify(input).replace('"@@"', () => value);
}

/** All fields at once with the same text, in as many calls as a batch and its body allow. */
export function batchesOf(procedure: ListedProcedure): readonly Attack[] {
  const texts = [254, 1200].flatMap((characters) => worstTexts.map((text) => text.json(characters)));
  const inputs = texts.map((text) => {
    const named = Object.fromEntries(Object.keys(procedure.fields).map((name) => [name, "@@"]));
    return JSON.stringify(named).replaceAll('"@@"', () => text);
  });
  return [...inputs, "{}", "null", '{"k":1}'].map((input) => batchAttack(procedure, input));
}

function batchAttack({ procedure }: ListedProcedure, input: string): Attack {
  return {
    name: `a batch of ${procedure}, each with ${input.slice(0, 60)}`,
    request: (bytes) => {
      const room = Math.floor((Math.min(bytes, maxBodyBytes) - 16) / (Buffer.byteLength(input) + 16));
      const size = Math.max(1, Math.min(maxBatchSize, room));
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
