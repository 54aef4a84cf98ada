import { addSeconds } from "../../../packages/server/src/clock.ts";
import type { Family } from "./family-model.ts";
import { lifetimes } from "./family-model.ts";
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
    // A client that keeps no keys is promised nothing after the grace time; nor is a history in which it asks later.
    if (entries.some((entry) => isAskedTooLate(entry, entries))) return true;
    const isExpired = (moment: Date) => moment >= initial.idleExpiresAt;
    const isExcused = ({ request, moments }: Entry) =>
      moments.some((moment) => isExpired(moment) || ("tokenExpiresAt" in request && moment >= request.tokenExpiresAt));
    return !final.isRevoked && entries.every((entry) => entry.outcome?.startsWith("ok") !== false || isExcused(entry));
  },
  "a thief who refreshes first is found out when the owner refreshes next after the grace time": ({ entries, final }) =>
    entries.every((theft) => {
      const hasStolen = theft.role === "thief" && isRefreshed(theft);
      if (!hasStolen || entries.some((entry) => isOwnRefresh(entry) && entry.start <= theft.over)) return true;
      const next = entries.find((entry) => isOwnRefresh(entry) && entry.start > theft.over);
      if (next?.outcome === undefined || !isAfterGrace(next, theft)) return true;
      return isRefused(next, final);
    }),
  "a replaced token is good after the grace time only with the attempt key of its rotation": ({ entries, final }) =>
    entries.every((entry) => {
      const before = entries.filter((other) => other.start < entry.start && isOfSameToken(other, entry));
      const wasReplaced = before.some((other) => isRefreshed(other) && other.over < entry.start);
      const isStrange = before.every((other) => !isSameAttempt(other, entry) && isAfterGrace(entry, other));
      return !(wasReplaced && isStrange) || entry.outcome === undefined || isRefused(entry, final);
    }),
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

const isRefreshed = ({ request, outcome }: Entry) => request.kind === "refresh" && outcome?.startsWith("ok") === true;

const isOwnRefresh = ({ role, request }: Entry) => role === "owner" && request.kind === "refresh";

function isOfSameToken({ request: one }: Entry, { request: other }: Entry): boolean {
  return one.kind === "refresh" && other.kind === "refresh" && one.counter === other.counter;
}

function isSameAttempt({ request: one }: Entry, { request: other }: Entry): boolean {
  return "attempt" in one && "attempt" in other && one.attempt !== null && one.attempt === other.attempt;
}

/** Whether it came later than the grace time after the other was over. */
function isAfterGrace({ start, moments: [presentedAt = new Date(0)] }: Entry, { over, moments }: Entry): boolean {
  const last = moments.at(-1) ?? new Date(0);
  return start > over && presentedAt > addSeconds(last, lifetimes.grace);
}

/** Whether the session has ended, or has ended with this. */
function isRefused({ outcome }: Entry, final: Family): boolean {
  return outcome === "REFRESH_TOKEN_INVALID" || (outcome === "REFRESH_TOKEN_REUSED" && final.isRevoked);
}

/** Whether a client that promises no more presents a token later than the grace time after it did so first. */
function isAskedTooLate(entry: Entry, entries: readonly Entry[]): boolean {
  const [presentedAt = new Date(0)] = entry.moments;
  const first = entries.find((other) => isOfSameToken(other, entry))?.moments[0] ?? presentedAt;
  return !entry.keepsKey && presentedAt > addSeconds(first, lifetimes.grace);
}

function endsSession({ request, outcome }: Entry): boolean {
  if (outcome === "REFRESH_TOKEN_REUSED") return true;
  return outcome === "ok" && request.kind !== "call" && request.kind !== "refresh";
}

function counterOf(outcome: string | undefined): number {
  return outcome?.startsWith("ok ") ? Number(outcome.slice(3)) : -1;
}
