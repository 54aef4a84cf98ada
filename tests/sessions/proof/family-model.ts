import { addSeconds, earlier } from "../../../packages/server/src/clock.ts";

/** Lifetimes, in seconds, in the proportions of the defaults, so that few steps of a clock cross them all. */
export const lifetimes = { grace: 30, accessToken: 900, idle: 2000, total: 5000 } as const;

/** A session family as it should be: what the row says, in as few words as possible. */
export interface Family {
  readonly counter: number;
  /** The digest of the attempt key that came with the last rotation, in hexadecimal; null if none came. */
  readonly attempt: string | null;
  readonly rotatedAt: Date;
  /** The step after which everybody finds that rotation; no row says so. */
  readonly rotatedBy: number;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly isRevoked: boolean;
  readonly isDisabled: boolean;
}

/** What somebody asks of the service. */
export type Request =
  | { readonly kind: "refresh"; readonly counter: number; readonly attempt: string | null }
  | { readonly kind: "call" | "logout" | "logout-all"; readonly counter: number; readonly tokenExpiresAt: Date }
  | { readonly kind: "disable" };

/** What it answers: `ok`, with the successor's counter where there is one, or the code of a refusal. */
export type Outcome = `ok ${number}` | "ok" | "REFRESH_TOKEN_INVALID" | "REFRESH_TOKEN_REUSED" | "ACCESS_TOKEN_INVALID";

/** A moment at which a request may have happened, and what else of its course matters. */
export interface Occurrence {
  readonly now: Date;
  /** When it came. */
  readonly presentedAt: Date;
  /** The steps with which it began, and after which it did nothing more. */
  readonly start: number;
  readonly over: number;
}

/** An outcome, and the family after it. */
export interface Transition {
  readonly outcome: Outcome;
  readonly family: Family;
}

/** A family at its sign-in. */
export function newFamily(now: Date): Family {
  const expiresAt = addSeconds(now, lifetimes.total);
  const idleExpiresAt = earlier(addSeconds(now, lifetimes.idle), expiresAt);
  const rotation = { counter: 0, attempt: null, rotatedAt: now, rotatedBy: 0 };
  return { ...rotation, idleExpiresAt, expiresAt, isRevoked: false, isDisabled: false };
}

/** Everything that may come of a request which happens at one moment and alone. */
export function transitions(family: Family, request: Request, occurrence: Occurrence): readonly Transition[] {
  const { now } = occurrence;
  switch (request.kind) {
    case "refresh":
      return refreshTransitions(family, request, occurrence);
    case "call": {
      const isGood = isLive(family, now) && now < request.tokenExpiresAt;
      return [{ outcome: isGood ? "ok" : "ACCESS_TOKEN_INVALID", family }];
    }
    case "logout":
    case "logout-all": {
      const ended: Transition = { outcome: "ok", family: { ...family, isRevoked: true } };
      // One that was let in when the session lived may end it when somebody else has: it is ended all the same.
      return isLive(family, now) && now < request.tokenExpiresAt
        ? [ended]
        : [{ outcome: "ACCESS_TOKEN_INVALID", family }, ended];
    }
    case "disable":
      return [{ outcome: "ok", family: { ...family, isDisabled: true } }];
  }
}

type Refresh = Extract<Request, { readonly kind: "refresh" }>;

function refreshTransitions(family: Family, request: Refresh, occurrence: Occurrence): readonly Transition[] {
  const { now, start, over } = occurrence;
  const reused: Transition = { outcome: "REFRESH_TOKEN_REUSED", family: { ...family, isRevoked: true } };
  const reuse = isReuse(family, request, occurrence) ? [reused] : [];
  // Two who present a copied token may both find the session alive, and both end it.
  if (!isLive(family, now)) return [{ outcome: "REFRESH_TOKEN_INVALID", family }, ...reuse];
  if (request.counter === family.counter) {
    const idleExpiresAt = earlier(addSeconds(now, lifetimes.idle), family.expiresAt);
    const rotation = { counter: family.counter + 1, attempt: request.attempt, rotatedAt: now, rotatedBy: over };
    return [{ outcome: `ok ${rotation.counter}`, family: { ...family, ...rotation, idleExpiresAt } }];
  }
  const again: Transition = { outcome: `ok ${family.counter}`, family };
  // One that began before the rotation was over may have found the token current.
  const mayBeEarlier = request.counter === family.counter - 1 && start <= family.rotatedBy;
  return reuse.length === 0 ? [again] : [...reuse, ...(mayBeEarlier ? [again] : [])];
}

/** Whether a token that was presented then has been replaced for good. */
function isReuse(family: Family, { counter, attempt }: Refresh, { presentedAt }: Occurrence): boolean {
  if (counter < family.counter - 1) return true;
  if (counter === family.counter || (attempt !== null && attempt === family.attempt)) return false;
  return presentedAt > addSeconds(family.rotatedAt, lifetimes.grace);
}

function isLive(family: Family, now: Date): boolean {
  return !family.isRevoked && !family.isDisabled && now < family.idleExpiresAt && now < family.expiresAt;
}
