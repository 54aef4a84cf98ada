/** Names of the questions that every child answers: how it starts, its processor time, and its memory. */
export const startQuestion = "start";
export const cpuQuestion = "cpuMicros";
export const memoryQuestion = "residentBytes";

/** What goes to a child over its channel. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What comes back. */
export type Answer =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly failure: string };
