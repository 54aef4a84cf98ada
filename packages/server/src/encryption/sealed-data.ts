import type { Database } from "../database/connection.ts";

/** A sealed value as stored. */
export interface SealedValue {
  /** The id of its row. */
  readonly id: string;
  /** The context that the value was sealed for; the value opens with no other. */
  readonly context: string;
  readonly sealed: Uint8Array;
}

/** Selects the values to list. */
export interface SealedValueQuery {
  /** The version of the key that sealed the values. */
  readonly version: number;
  readonly limit: number;
  /** The ids of rows to leave out. */
  readonly exceptIds?: readonly string[];
}

/** A value and its replacement. */
export interface ResealedValue extends SealedValue {
  readonly resealed: Uint8Array;
}

/** A place in the database where sealed values lie. */
export interface SealedData {
  /** The name of the values in messages for operators, such as `sessions`. */
  readonly name: string;
  /** Returns the versions of the keys in use. It must be cheap, because every start calls it. */
  listVersions(db: Database): Promise<readonly number[]>;
  list(db: Database, query: SealedValueQuery): Promise<readonly SealedValue[]>;
  /**
   * Replaces the values by compare-and-set and returns the number of replaced values. It skips values that were deleted or
   * changed since they were listed, and rows that are locked: it never waits for a lock, so it cannot deadlock.
   */
  replace(db: Database, values: readonly ResealedValue[]): Promise<number>;
}
