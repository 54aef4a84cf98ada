import type { PasswordRefusalReason } from "../../password-refusal.ts";

/** Part of a text that one guess covers. */
export interface Piece {
  /** The first UTF-16 code unit, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** What it is, which tells why a text made of it is weak; `undefined` for what is nothing that people know. */
  readonly reason?: PasswordRefusalReason | undefined;
  readonly guesses: number;
  /** Pieces with the same name repeat each other, in whatever form. Default: it repeats nothing. */
  readonly name?: string | undefined;
  /** Guesses where an earlier piece has the same name. Default: 2, for whether it is repeated. */
  readonly guessesAgain?: number | undefined;
}
