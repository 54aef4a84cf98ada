// What the direction checks report.

/** Where, by which rule, and what was found there. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly found: string;
  readonly why: string;
}
