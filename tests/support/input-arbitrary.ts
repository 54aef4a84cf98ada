import fc from "fast-check";
import { z } from "zod";
import type { Operation } from "./calls.ts";

/** The part of JSON Schema that zod generates. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

const longest = 300;

const surrogates = { first: 0xd800, count: 0x800 };

/** Any code point. The `binary` unit of fast-check does the same, and lists the million of them first, which takes seconds. */
export const codePoint = fc.nat(0x10ffff - surrogates.count).map(
  (index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count),
  (text) => indexOfCodePoint(z.string().parse(text)),
);

function indexOfCodePoint(text: string): number {
  const found = text.codePointAt(0) ?? -1;
  const index = found < surrogates.first ? found : found - surrogates.count;
  if (!text.isWellFormed() || String.fromCodePoint(Math.max(0, found)) !== text) throw new Error("Not one code point");
  return index;
}

/** Malicious names and texts. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    "",
    "\0",
    "\ud800",
    "__proto__",
    "constructor",
    "' or 1=1 --",
    "\u0130",
    "ﬃ",
    "{{7*7}}",
    "../..",
    "💥",
  ),
  fc.string({ unit: codePoint, maxLength: longest }),
);

/** Inputs that match an operation's JSON Schema; rules that JSON Schema cannot express may still refuse some. */
export function validInput({ fields }: Operation): fc.Arbitrary<Record<string, unknown>> {
  const schema = z.toJSONSchema(z.object(fields), { io: "input", unrepresentable: "any" });
  return objectOf(z.custom<Schema>().parse(schema));
}

/** Inputs with one defect: a field of another type, an unknown field, a malicious text. */
export function almostValidInput(operation: Operation): fc.Arbitrary<Record<string, unknown>> {
  const name = fc.oneof(fc.constantFrom("extra", ...Object.keys(operation.fields)), hostileText);
  const value = fc.oneof(hostileText, fc.jsonValue(), fc.double());
  return fc
    .tuple(validInput(operation), name, value)
    .map(([input, key, replaced]) => Object.fromEntries([...Object.entries(input), [key, replaced]]));
}

function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(properties).map(([name, schema]) => [name, arbitraryOf(schema)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
}

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(arbitraryOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const ofType = arbitraryOfType(schema);
  return schema.examples === undefined ? ofType : fc.oneof(ofType, fc.constantFrom(...schema.examples));
}

function arbitraryOfType(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return fc.array(arbitraryOf(schema.items ?? {}), { maxLength: 5 });
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue();
  }
}

function textOf({ minLength = 0, maxLength = longest, pattern, format }: Schema): fc.Arbitrary<string> {
  if (format === "email") return fc.emailAddress();
  if (format === "date") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"));
  return fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, longest) });
}
