import type { Database } from "../database/index.ts";

/** A value as it lies sealed. */
export interface SealedValue {
  /** Of its row. */
  readonly id: string;
  /** What the seal belongs to. */
  readonly context: string;
  readonly sealed: Uint8Array;
}

/** Which values to list. */
export interface SealedValueQuery {
  /** Of the key that sealed them. */
  readonly version: number;
  readonly limit: number;
  /** The rows to leave out. */
  readonly exceptIds?: readonly string[];
}

/** A place in the database where sealed values lie. */
export interface SealedData {
  /** What the values are, in the words of operators: `sessions`. */
  readonly name: string;
  /** The versions of the keys that sealed them; cheap, for it is asked at each start. */
  listVersions(db: Database): Promise<readonly number[]>;
  list(db: Database, query: SealedValueQuery): Promise<readonly SealedValue[]>;
  /** Puts `sealed` in the place of the value, unless that was deleted or has changed since it was listed. */
  replace(db: Database, value: SealedValue, sealed: Uint8Array): Promise<void>;
}
