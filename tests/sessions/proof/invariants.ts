import { describe, type Entry, type History } from "./history.ts";
import { isLinearizable } from "./linearize.ts";

/** Which promise a history breaks, and how; `undefined` if none. */
export function findViolation(history: History): string | undefined {
  const broken = Object.entries(promises).find(([, holds]) => !holds(history));
  return broken === undefined ? undefined : `${broken[0]}\n${describe(history)}`;
}

/** Said directly of the history, without the model; the last one compares with the model, and covers them and the rest. */
const promises: Readonly<Record<string, (history: History) => boolean>> = {
  "a counter has one successor": ({ entries }) => {
    const successors = new Map<number, string>();
    return entries.every(({ request, successor }) => {
      if (request.kind !== "refresh" || successor === undefined) return true;
      const known = successors.get(request.counter) ?? successor;
      successors.set(request.counter, known);
      return known === successor && successor.split(".", 2)[1] === String(request.counter + 1);
    });
  },
  "nothing that starts after a session has ended is answered": ({ entries }) => {
    const endedAt = Math.min(...entries.filter(endsSession).map(({ end }) => end));
    return entries.every(
      ({ start, outcome, request, mayBeStale }) =>
        start <= endedAt || mayBeStale || request.kind === "disable" || !outcome?.startsWith("ok"),
    );
  },
  "nobody who follows the protocol is logged out": ({ entries, initial, final }) => {
    if (entries.some(({ role, request }) => role !== "owner" || request.kind.startsWith("logout"))) return true;
    const isExpired = (moment: Date) => moment >= initial.idleExpiresAt;
    const isExcused = ({ request, moments }: Entry) =>
      moments.some((moment) => isExpired(moment) || ("tokenExpiresAt" in request && moment >= request.tokenExpiresAt));
    return !final.isRevoked && entries.every((entry) => entry.outcome?.startsWith("ok") !== false || isExcused(entry));
  },
  "a token that was replaced twice ends the session": ({ entries, final }) =>
    entries.every(({ request, start, outcome }) => {
      if (request.kind !== "refresh" || outcome === undefined) return true;
      const isOld = entries.some(
        ({ end, outcome: earlier }) => end < start && counterOf(earlier) >= request.counter + 2,
      );
      return !isOld || (!outcome.startsWith("ok") && (outcome === "REFRESH_TOKEN_INVALID" || final.isRevoked));
    }),
  "another session of the user ends with a logout everywhere, and only so": ({ entries, otherIsRevoked }) =>
    entries.every(({ request, outcome }) => request.kind !== "logout-all" || outcome !== "ok" || otherIsRevoked) &&
    (!otherIsRevoked || entries.some(({ request }) => request.kind === "logout-all")),
  "the history is one of the model": isLinearizable,
};

function endsSession({ request, outcome }: Entry): boolean {
  if (outcome === "REFRESH_TOKEN_REUSED") return true;
  return outcome === "ok" && request.kind !== "call" && request.kind !== "refresh";
}

function counterOf(outcome: string | undefined): number {
  return outcome?.startsWith("ok ") ? Number(outcome.slice(3)) : -1;
}
