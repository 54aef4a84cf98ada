import type { Database } from "../database/connection.ts";

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

/** A value with what it is to be replaced by. */
export interface ResealedValue extends SealedValue {
  readonly resealed: Uint8Array;
}

/** A place in the database where sealed values lie. */
export interface SealedData {
  /** What the values are, in the words of operators: `sessions`. */
  readonly name: string;
  /** The versions of the keys that sealed them; cheap, for it is asked at each start. */
  listVersions(db: Database): Promise<readonly number[]>;
  list(db: Database, query: SealedValueQuery): Promise<readonly SealedValue[]>;
  /**
   * Replaces the values, except those that were deleted or have changed since they were listed, and those whose rows
   * somebody holds locked: it waits for nobody, so that it is in no deadlock. Answers with how many it replaced.
   */
  replace(db: Database, values: readonly ResealedValue[]): Promise<number>;
}
