import { isUtf8 } from "node:buffer";

/** A record as it stands in the file. */
export interface RawRecord {
  /** The number of its first line, counted from 1. */
  readonly line: number;
  /** The text without its line break, or the reason why the record cannot be read. */
  readonly content: { readonly text: string } | { readonly fault: string };
  /** Where the record after this one begins. */
  readonly nextByte: number;
  readonly nextLine: number;
}

/** Where the bytes begin in the file, and how its records end. */
export interface SplitOptions {
  readonly startByte: number;
  readonly startLine: number;
  /** Finds the line break that ends the record at `start`; `undefined` while it is not there yet. */
  readonly findEnd: (bytes: Buffer, start: number) => number | undefined;
}

/** Longer records are rejected, so that a file without line breaks does not fill the memory. */
const maxRecordBytes = 65_536;

const lineFeed = 0x0a;

/** Finds the end of a record that is one line. */
export function findLineEnd(bytes: Buffer, start: number): number | undefined {
  const end = bytes.indexOf(lineFeed, start);
  return end === -1 ? undefined : end;
}

/**
 * Yields the records in batches, without blank ones. Holds at most a chunk and a record in memory, however long the file is.
 */
export async function* splitRecords(
  chunks: AsyncIterable<Buffer>,
  options: SplitOptions,
): AsyncGenerator<readonly RawRecord[]> {
  const splitter = new Splitter(options);
  for await (const chunk of chunks) yield splitter.take(chunk);
  yield splitter.finish();
}

class Splitter {
  readonly #findEnd: SplitOptions["findEnd"];
  /** The beginning of a record whose end has not been read yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes dropped from a line that is too long; they came before `#rest`. */
  #dropped = 0;
  #nextByte: number;
  #nextLine: number;

  constructor({ startByte, startLine, findEnd }: SplitOptions) {
    this.#nextByte = startByte;
    this.#nextLine = startLine;
    this.#findEnd = findEnd;
  }

  take(chunk: Buffer): RawRecord[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const records = this.#cutWhile((bytes, start) => this.#endOf(bytes, start));
    if (this.#rest.length > maxRecordBytes) {
      this.#dropped += this.#rest.length;
      this.#rest = Buffer.alloc(0);
    }
    return records;
  }

  /** Returns the remaining records; the last one needs no line break. */
  finish(): RawRecord[] {
    const records = this.#cutWhile((bytes, start) => this.#endOf(bytes, start) ?? findLineEnd(bytes, start));
    const isEmpty = this.#rest.length + this.#dropped === 0;
    return isEmpty ? records : [...records, this.#toRecord(this.#rest)];
  }

  #cutWhile(endOf: SplitOptions["findEnd"]): RawRecord[] {
    const bytes = this.#rest;
    const records: RawRecord[] = [];
    let start = 0;
    for (let end = endOf(bytes, start); end !== undefined; end = endOf(bytes, start)) {
      const record = this.#toRecord(bytes.subarray(start, end + 1));
      if (!isBlank(record)) records.push(record);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    return records;
  }

  /**
   * Ends a record that is too long at its first line break, so that an open quote spoils its own line, not all lines up to the
   * next quote.
   */
  #endOf(bytes: Buffer, start: number): number | undefined {
    if (this.#dropped > 0) return findLineEnd(bytes, start);
    const end = this.#findEnd(bytes, start);
    const isTooLong = (end ?? bytes.length) - start > maxRecordBytes;
    return isTooLong ? findLineEnd(bytes, start) : end;
  }

  #toRecord(bytes: Buffer): RawRecord {
    const line = this.#nextLine;
    const isTooLong = this.#dropped + bytes.length > maxRecordBytes + 1;
    this.#nextByte += this.#dropped + bytes.length;
    this.#nextLine += countLineFeeds(bytes);
    this.#dropped = 0;
    const content = isTooLong ? { fault: `Is longer than ${maxRecordBytes} bytes` } : decode(bytes);
    return { line, content, nextByte: this.#nextByte, nextLine: this.#nextLine };
  }
}

function decode(bytes: Buffer): RawRecord["content"] {
  if (!isUtf8(bytes)) return { fault: "Is not UTF-8" };
  return { text: bytes.toString("utf8").replace(/\r?\n$/, "") };
}

function isBlank({ content }: RawRecord): boolean {
  return "text" in content && content.text.trim() === "";
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}
