import { z } from "zod";

/** The most bytes of an account's public or private metadata, as JSON. */
const maxMetadataBytes = 8192;

/** The deepest nesting of metadata; the object itself is the first level. */
const maxLevels = 8;

/** An object of JSON that the app defines. */
export type Metadata = Readonly<Record<string, unknown>>;

/** Metadata that the database can keep: JSON within the limits, without the null character. */
export const metadataSchema = z
  .record(z.string(), z.unknown())
  .superRefine((value, ctx) => {
    const fault = faultOf(value);
    if (fault !== undefined) ctx.addIssue({ code: "custom", message: fault });
  })
  .meta({
    description: `An object of JSON: at most ${maxMetadataBytes} bytes and ${maxLevels} levels`,
    examples: [{ theme: "dark" }],
  });

/** Returns a sentence about what is wrong with the value; `undefined` if nothing is. */
function faultOf(value: unknown): string | undefined {
  if (!isJson(value, 1)) return `Must be JSON, of at most ${maxLevels} levels, without the character U+0000`;
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > maxMetadataBytes ? `Must be at most ${maxMetadataBytes} bytes as JSON` : undefined;
}

function isJson(value: unknown, level: number): boolean {
  if (value === null || typeof value === "boolean") return true;
  if (typeof value === "string") return isText(value);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || level > maxLevels) return false;
  if (Array.isArray(value)) return value.every((element) => isJson(element, level + 1));
  const isPlain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null;
  return isPlain && Object.entries(value).every(([key, member]) => isText(key) && isJson(member, level + 1));
}

/** PostgreSQL's JSON has neither the null character nor halves of surrogate pairs. */
function isText(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}
