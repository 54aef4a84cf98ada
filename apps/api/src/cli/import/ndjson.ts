import type { ImportRecord } from "@gatehouse/server/import";
import type { ImportSource, ReadFrom } from "./import-source.ts";
import { findLineEnd, type RawRecord, splitRecords } from "./split-records.ts";

/** Reads one JSON object per line. */
export function readNdjson(readFrom: ReadFrom): ImportSource["read"] {
  return async function* ({ nextByte, nextLine }) {
    const options = { startByte: nextByte, startLine: nextLine, findEnd: findLineEnd };
    for await (const records of splitRecords(readFrom(nextByte), options)) {
      yield records.map((record) => ({ ...record, content: parse(record.content) }));
    }
  };
}

/** Parses a line. The fault does not quote the text, unlike the error of `JSON.parse`: the text may contain a password hash. */
function parse(content: RawRecord["content"]): ImportRecord["content"] {
  if ("fault" in content) return content;
  try {
    return { fields: JSON.parse(content.text.replace(/^\uFEFF/, "")) };
  } catch {
    return { fault: "Is not well-formed JSON" };
  }
}
