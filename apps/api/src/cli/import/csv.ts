import { type ImportRecord, importedFields } from "@gatehouse/server/import";
import Papa from "papaparse";
import { CommandError } from "../command-error.ts";
import type { ImportSource, ReadFrom } from "./import-source.ts";
import { findLineEnd, type RawRecord, splitRecords } from "./split-records.ts";

/** The first record, which describes the others. */
interface Header {
  readonly fields: readonly string[];
  readonly delimiter: string;
  readonly nextByte: number;
  readonly nextLine: number;
}

/** Reads CSV (RFC 4180) whose first record names the fields. Throws {@link CommandError} if that record does not. */
export async function openCsv(readFrom: ReadFrom): Promise<ImportSource["read"]> {
  const header = await readHeader(readFrom);
  const findEnd = createEndFinder(header.delimiter);
  return async function* (place) {
    const { nextByte, nextLine } = place.nextByte < header.nextByte ? header : place;
    const options = { startByte: nextByte, startLine: nextLine, findEnd };
    for await (const records of splitRecords(readFrom(nextByte), options)) {
      yield records.map((record) => ({ ...record, content: parse(record.content, header) }));
    }
  };
}

async function readHeader(readFrom: ReadFrom): Promise<Header> {
  await assertLineFeeds(readFrom);
  const options = { startByte: 0, startLine: 1, findEnd: findLineEnd };
  for await (const [first] of splitRecords(readFrom(0), options)) {
    if (first !== undefined) return toHeader(first);
  }
  throw new CommandError("The file is empty; its first line has to name the fields.");
}

/** If CR alone ended the lines, the whole file would be read as one line. */
async function assertLineFeeds(readFrom: ReadFrom): Promise<void> {
  for await (const chunk of readFrom(0)) {
    const firstLine = chunk.subarray(0, findLineEnd(chunk, 0));
    const at = firstLine.indexOf(carriageReturn);
    if (at === -1 || at === firstLine.length - 1) return;
    throw new CommandError("Its lines end with CR alone. Convert them to LF or CRLF, as by `tr '\\r' '\\n'`.");
  }
}

function toHeader({ content, nextByte, nextLine }: RawRecord): Header {
  if ("fault" in content) throw new CommandError(`The first line has to name the fields, and it ${content.fault}.`);
  // A file with a single column has no delimiter, so any delimiter works.
  const { data, meta } = Papa.parse<string[]>(content.text.replace(/^\uFEFF/, ""));
  const fields = (data[0] ?? []).map((name) => name.trim());
  const unknown = fields.filter((name) => !importedFields.includes(name));
  if (unknown.length > 0) {
    throw new CommandError(
      `The first line names unknown fields: ${unknown.join(", ")}. Known fields are ${importedFields.join(", ")}.`,
    );
  }
  if (new Set(fields).size < fields.length) throw new CommandError("The first line names a field twice.");
  return { fields, delimiter: meta.delimiter, nextByte, nextLine };
}

function parse(content: RawRecord["content"], { fields, delimiter }: Header): ImportRecord["content"] {
  if ("fault" in content) return content;
  // A quoted line break is part of the text, so no line break ends a row here.
  const { data, errors } = Papa.parse<string[]>(content.text, { delimiter, newline: "\n" });
  const [row = []] = data;
  if (errors.length > 0 || data.length !== 1) return { fault: "Is not well-formed CSV; is a quote left open?" };
  if (row.length !== fields.length) {
    return { fault: `Has ${row.length} fields, and the first line names ${fields.length}` };
  }
  const entries = fields.map((name, index) => [name, toValue(name, row[index] ?? "")]);
  return { fields: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

const truths: Readonly<Record<string, boolean>> = { true: true, t: true, 1: true, false: false, f: false, 0: false };

/** Converts text to the field's type; an empty text is a missing field. */
function toValue(name: string, text: string): unknown {
  if (text === "") return undefined;
  if (name === "roles") return text.split(/[\s,;|{}]+/).filter((role) => role !== "");
  // Any other value stays text, and the schema refuses it.
  if (name === "emailVerified" || name === "phoneVerified") return truths[text.toLowerCase()] ?? text;
  return text;
}

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Where a byte is in a field; `closed` is right after a quote that ends the field or is the first of two. */
type Position = "start" | "plain" | "quoted" | "closed";

/** Finds the next line break outside of quotes; a quote opens only at the start of a field. */
function createEndFinder(delimiter: string): (bytes: Buffer, start: number) => number | undefined {
  const separator = delimiter.charCodeAt(0);
  return (bytes, start) => {
    const lineEnd = findLineEnd(bytes, start);
    if (lineEnd !== undefined && !bytes.subarray(start, lineEnd).includes(quote)) return lineEnd;
    let position: Position = "start";
    for (let at = start; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === lineFeed && position !== "quoted") return at;
      position = positionAfter(byte, position, separator);
    }
    return undefined;
  };
}

function positionAfter(byte: number | undefined, position: Position, separator: number): Position {
  if (position === "quoted") return byte === quote ? "closed" : "quoted";
  if (byte === quote && position !== "plain") return "quoted";
  return byte === separator ? "start" : "plain";
}
