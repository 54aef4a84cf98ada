import { type Family, type Transition, transitions } from "./family-model.ts";
import type { Entry, History } from "./history.ts";

/**
 * Whether the history could have come about one request after the other, each at one moment between its start and its end,
 * by the rules of the model, and with the row as it is in the end (linearizability, Herlihy and Wing 1990).
 */
export function isLinearizable({ entries, initial, final }: History): boolean {
  const failed = new Set<string>();
  const search = (done: number, family: Family): boolean => {
    const rest = entries.filter((_entry, index) => (done & (1 << index)) === 0);
    if (rest.every(({ outcome }) => outcome === undefined) && isSame(family, final)) return true;
    const key = `${done} ${JSON.stringify(family)}`;
    if (failed.has(key)) return false;
    failed.add(key);
    const firstEnd = Math.min(...rest.filter(({ outcome }) => outcome !== undefined).map(({ end }) => end));
    return rest
      .filter(({ start }) => start <= firstEnd)
      .some((entry) =>
        possible(entry, family).some((next) => search(done | (1 << entries.indexOf(entry)), next.family)),
      );
  };
  return search(0, initial);
}

function possible(entry: Entry, family: Family): readonly Transition[] {
  const { start, over, moments } = entry;
  const [presentedAt = new Date(0)] = moments;
  const all = moments.flatMap((now) => transitions(family, entry.request, { now, presentedAt, start, over }));
  const matching = all.filter(({ outcome }) => entry.outcome === undefined || outcome === entry.outcome);
  // Answered from memory: nobody asked the row.
  return entry.mayBeStale && entry.outcome === "ok" ? [...matching, { outcome: "ok", family }] : matching;
}

function isSame(one: Family, other: Family): boolean {
  return (
    one.counter === other.counter &&
    one.attempt === other.attempt &&
    one.rotatedAt.getTime() === other.rotatedAt.getTime() &&
    one.isRevoked === other.isRevoked &&
    one.isDisabled === other.isDisabled &&
    one.idleExpiresAt.getTime() === other.idleExpiresAt.getTime()
  );
}
