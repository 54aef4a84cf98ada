/** A record as read from the file. */
export interface ImportRecord {
  /** The line, counted from 1; for a record of several lines, the first of them. */
  readonly line: number;
  /** The fields of the record by name, or the reason why it could not be read. */
  readonly content: { readonly fields: unknown } | { readonly fault: string };
  /** The offset at which the next record begins. */
  readonly nextByte: number;
  readonly nextLine: number;
}

/** A refused record and the reasons. They never quote the record, which may contain a password hash. */
export interface Refusal {
  readonly line: number;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

/** Where refusals are written. */
export interface RefusalReport {
  /** Truncates the report to `afterBytes`, appends the refusals durably, and returns the new length in bytes. */
  append(refusals: readonly Refusal[], afterBytes: number): Promise<number>;
}

/** Another process is importing the same file; that import continues. */
export class ImportRunningError extends Error {
  override readonly name = "ImportRunningError";
}
