/** A record of the file, read. */
export interface ImportRecord {
  /** Counted from 1; a record of several lines is named by its first. */
  readonly line: number;
  /** What the record holds by the names of the fields, or why it could not be read. */
  readonly content: { readonly fields: unknown } | { readonly fault: string };
  /** Where the record after this one begins. */
  readonly nextByte: number;
  readonly nextLine: number;
}

/** Why a record was refused. It never quotes the record, which may hold a hash. */
export interface Refusal {
  readonly line: number;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

/** Where refusals are written. */
export interface RefusalReport {
  /** Keeps them durably behind those up to `afterBytes`, dropping what else stands there; answers with the new length. */
  append(refusals: readonly Refusal[], afterBytes: number): Promise<number>;
}

/** The same file is being imported by another process, which goes on with it. */
export class ImportRunningError extends Error {
  override readonly name = "ImportRunningError";
}
