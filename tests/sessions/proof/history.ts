import type { Family, Outcome, Request } from "./family-model.ts";

/** Who asked. An owner follows the protocol; a thief presents what was copied. */
export type Role = "owner" | "thief" | "operator";

/** A request as it went, in the order of the steps of its world. */
export interface Entry {
  readonly role: Role;
  readonly instance: 0 | 1;
  readonly request: Request;
  /** The step with which it reached the database, and the one after which its answer was there. */
  readonly start: number;
  end: number;
  /** The step after which it did nothing more, also if its process crashed. */
  over: number;
  /** What clocks showed while it ran. */
  readonly moments: Date[];
  /** `undefined` if its process crashed: then it may have happened, or not. */
  outcome: Outcome | undefined;
  /** The refresh token of the answer. */
  successor: string | undefined;
  /** Whether its instance could not know yet that the session had ended: a call of a remembered token may still pass. */
  readonly mayBeStale: boolean;
  /** Whether its client promises to present a token each time with one attempt key. */
  readonly keepsKey: boolean;
}

/** What happened in a world, and what its row says in the end. */
export interface History {
  readonly entries: readonly Entry[];
  readonly initial: Family;
  readonly final: Family;
  /** Whether another session of the user ended too. */
  readonly otherIsRevoked: boolean;
}

/** One line for each request, for the reader of a counterexample. */
export function describe({ entries, final }: History): string {
  const lines = entries.map(({ role, instance, request, start, end, outcome, moments, mayBeStale }) => {
    const key = "attempt" in request ? ` key ${request.attempt?.slice(0, 4) ?? "none"}` : "";
    const asked = "counter" in request ? `${request.kind} ${request.counter}${key}` : request.kind;
    const times = moments.map((moment) => moment.getTime() / 1000).join(",");
    const answer = `${outcome ?? "crashed"}${mayBeStale ? " (may be stale)" : ""}`;
    return `  [${start}, ${end}] at ${times} s: ${role} on ${instance}: ${asked} -> ${answer}`;
  });
  return [...lines, `  in the end: ${JSON.stringify(final)}`].join("\n");
}
