import type { ScenarioName } from "./scenarios.ts";
import type { Breakage } from "./world.ts";

/** Replaces in statements, and fails where there is nothing of the kind any more: a breakage that breaks nothing proves nothing. */
function replace(of: RegExp, part: RegExp, by: string): Breakage {
  return {
    rewrite(statement) {
      if (!of.test(statement)) return statement;
      if (!part.test(statement)) throw new Error(`Nothing to break in: ${statement}`);
      return statement.replace(part, by);
    },
  };
}

const rotation = /update "session" set "refresh_counter"/;
const noteOfUse = /^update "session" set "last_seen_at"/;
const revocation = /update session set revoked_at/;
const lookUp = /select "session"\.(\*|"id")/;

interface BrokenService {
  readonly breakage: Breakage;
  /** A race in which it must be seen. */
  readonly seenWhen: ScenarioName;
}

/** The service, broken in one place each. Whoever runs a proof on them must see it fail. */
export const brokenServices: Readonly<Record<string, BrokenService>> = {
  "a rotation of any counter": {
    breakage: replace(rotation, /"session"\."refresh_counter" = (\$\d+) and/, "$1::integer is not null and"),
    seenWhen: "one tab refreshes twice while another is at its first",
  },
  "a rotation that adds one to whatever is there": {
    breakage: replace(
      rotation,
      /"refresh_counter" = (\$\d+)(,.*)"session"\."refresh_counter" = (\$\d+) and/s,
      '"refresh_counter" = "session"."refresh_counter" + 1 + 0 * $1::integer$2$3::integer is not null and',
    ),
    seenWhen: "two tabs refresh at once",
  },
  "a look-up that finds ended sessions": {
    breakage: replace(lookUp, / and "session"\."revoked_at" is null/, ""),
    seenWhen: "two logouts cross",
  },
  "a look-up that finds idle sessions": {
    breakage: replace(lookUp, /"session"\."idle_expires_at" > (\$\d+)/, "$1::timestamptz is not null"),
    seenWhen: "a session that nobody used for too long is used",
  },
  "a look-up that finds disabled users": {
    breakage: replace(lookUp, /"user"\."status" = (\$\d+)/, "$1::text is not null"),
    seenWhen: "disabling the user crosses a refresh and a logout",
  },
  "a revocation that does not write": {
    breakage: replace(revocation, /revoked_at is null/, "false"),
    seenWhen: "a logout crosses a refresh",
  },
  "a rotation that forgets its attempt key": {
    breakage: replace(rotation, /"attempt_digest" = (\$\d+)/, '"attempt_digest" = nullif($1::bytea, $1::bytea)'),
    seenWhen: "two tabs ask again, after the grace time, for an answer that was lost",
  },
  "a rotation that keeps the attempt key of an earlier one": {
    breakage: replace(
      rotation,
      /"attempt_digest" = (\$\d+)/,
      '"attempt_digest" = coalesce("session"."attempt_digest", $1::bytea)',
    ),
    seenWhen: "two tabs ask again, after the grace time, for an answer that was lost",
  },
  "a look-up that takes any attempt key for the right one": {
    breakage: replace(
      rotation,
      /"session"\."attempt_digest"(.*"attempt_digest" = (\$\d+))/s,
      '$2::bytea as "attempt_digest"$1',
    ),
    seenWhen: "a thief with a key of their own has refreshed first, and the owner refreshes in two tabs",
  },
  "a client that makes a new attempt key for each try": {
    breakage: { forgetsKeys: true },
    seenWhen: "two tabs ask again, after the grace time, for an answer that was lost",
  },
  "no grace time": {
    breakage: { alter: (deps) => ({ ...deps, config: { ...deps.config, refreshGraceSeconds: -1 } }) },
    seenWhen: "a tab missed the newest tokens and presents those before",
  },
  "a grace time without end": {
    breakage: { alter: (deps) => ({ ...deps, config: { ...deps.config, refreshGraceSeconds: 100_000 } }) },
    seenWhen: "the token before the current one, out of its grace time, crosses a refresh",
  },
  "a grace time that a call starts anew": {
    breakage: replace(noteOfUse, /"last_seen_at" = (\$\d+)/, '"rotated_at" = $1::timestamptz, "last_seen_at" = $1'),
    seenWhen: "a thief has refreshed first, and their calls cross the owner's refresh",
  },
  "a process that does not note what it ends": {
    breakage: {
      alter: (deps) => ({ ...deps, sessionChanges: { ...bound(deps.sessionChanges), markChanged: () => undefined } }),
    },
    seenWhen: "two logouts cross",
  },
  "a process that never asks again": {
    breakage: {
      alter: (deps) => ({ ...deps, sessionChanges: { ...bound(deps.sessionChanges), isStale: () => false } }),
    },
    seenWhen: "two logouts cross",
  },
};

function bound(changes: Parameters<NonNullable<Breakage["alter"]>>[0]["sessionChanges"]) {
  return {
    monotonicNow: () => changes.monotonicNow(),
    isStale: (id: string, readAt: number) => changes.isStale(id, readAt),
    markChanged: (ids: readonly string[]) => changes.markChanged(ids),
    close: () => changes.close(),
  };
}
