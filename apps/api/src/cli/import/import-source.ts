import type { ImportRecord } from "@gatehouse/server/import";

/** A file of users. */
export interface ImportSource {
  readonly sizeBytes: number;
  /** SHA-256 of its contents. */
  readonly digest: Uint8Array;
  /** Reads the records from the place on, in batches. The place is the beginning of the file or the end of a record. */
  read(place: Place): AsyncIterable<readonly ImportRecord[]>;
}

/** A place in the file. */
interface Place {
  readonly nextByte: number;
  readonly nextLine: number;
}

/** Reads a part of the file, in chunks. */
export type ReadFrom = (startByte: number) => AsyncIterable<Buffer>;
