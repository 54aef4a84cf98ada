import type { Database } from "../../database/connection.ts";

/** Something that is not as it was linked or signed. */
export interface Finding {
  /**
   * - `edited`: an event, or what is personal in it, is not what was linked, or is in another's place.
   * - `removed`: an event is gone, or a link with it.
   * - `inserted`: an event was never linked, or was written long after the time that it states.
   * - `truncated`: links are gone that a checkpoint has.
   * - `rewritten`: links differ from a checkpoint, although they follow from one another.
   * - `checkpoint`: a checkpoint has a wrong signature, or another was removed before it.
   */
  readonly kind: "edited" | "removed" | "inserted" | "truncated" | "rewritten" | "checkpoint";
  /** The first day of the month, `2030-01-01`; `null` for a checkpoint. */
  readonly month: string | null;
  /** The place in the month's chain, if there is one. */
  readonly position: string | null;
  /** The id of the event in the table, if it is known. */
  readonly eventId: string | null;
  /** A sentence for the operator. */
  readonly message: string;
}

/** A verification: its findings go out one by one, so that its memory does not grow with them. */
export interface VerifyOptions {
  readonly db: Database;
  /** The public keys (JWK) of checkpoints. Default: those in the database. An attacker who can write there can replace both log and keys. */
  readonly publicKeys?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Checkpoints that were kept elsewhere. Default: none. */
  readonly checkpoints?: readonly string[] | undefined;
  readonly onFinding: (finding: Finding) => void;
}
