import { addSeconds, earlier } from "../../../packages/server/src/clock.ts";
import { lifetimes } from "./lab.ts";

/** A session family as it should be: what the row says, in as few words as possible. */
export interface Family {
  readonly counter: number;
  /** The highest counter whose access token made a successful call. */
  readonly confirmed: number;
  /** When that was. */
  readonly confirmedAt: Date;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly isRevoked: boolean;
  readonly isDisabled: boolean;
}

/** What somebody asks of the service. */
export type Request =
  | { readonly kind: "refresh"; readonly counter: number }
  | { readonly kind: "call" | "logout" | "logout-all"; readonly counter: number; readonly tokenExpiresAt: Date }
  | { readonly kind: "disable" };

/** What it answers: `ok`, with the successor's counter where there is one, or the code of a refusal. */
export type Outcome = `ok ${number}` | "ok" | "REFRESH_TOKEN_INVALID" | "REFRESH_TOKEN_REUSED" | "ACCESS_TOKEN_INVALID";

/** An outcome, and the family after it. */
export interface Transition {
  readonly outcome: Outcome;
  readonly family: Family;
}

/** A family at its sign-in. */
export function newFamily(now: Date): Family {
  const expiresAt = addSeconds(now, lifetimes.total);
  const idleExpiresAt = earlier(addSeconds(now, lifetimes.idle), expiresAt);
  return { counter: 0, confirmed: 0, confirmedAt: now, idleExpiresAt, expiresAt, isRevoked: false, isDisabled: false };
}

/** Everything that may come of a request which happens at one moment and alone. */
export function transitions(family: Family, request: Request, now: Date): readonly Transition[] {
  switch (request.kind) {
    case "refresh":
      return refreshTransitions(family, request.counter, now);
    case "call": {
      const isGood = isLive(family, now) && now < request.tokenExpiresAt;
      if (!isGood) return [{ outcome: "ACCESS_TOKEN_INVALID", family }];
      const isFirst = request.counter > family.confirmed;
      return [
        { outcome: "ok", family: isFirst ? { ...family, confirmed: request.counter, confirmedAt: now } : family },
      ];
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

function refreshTransitions(family: Family, counter: number, now: Date): readonly Transition[] {
  const isStale = isReuse(family, counter, now);
  const reused: Transition = { outcome: "REFRESH_TOKEN_REUSED", family: { ...family, isRevoked: true } };
  // Two who present a copied token may both find the session alive, and both end it.
  if (!isLive(family, now)) return [{ outcome: "REFRESH_TOKEN_INVALID", family }, ...(isStale ? [reused] : [])];
  if (isStale) return [reused];
  if (counter < family.counter) return [{ outcome: `ok ${family.counter}`, family }];
  const idleExpiresAt = earlier(addSeconds(now, lifetimes.idle), family.expiresAt);
  const next = { ...family, counter: counter + 1, idleExpiresAt };
  return [{ outcome: `ok ${next.counter}`, family: next }];
}

/** Whether a token of this counter has been replaced for good. */
function isReuse(family: Family, counter: number, now: Date): boolean {
  if (counter < family.counter - 1) return true;
  if (counter === family.counter) return false;
  return now > addSeconds(family.confirmedAt, lifetimes.grace) && family.confirmed >= family.counter;
}

function isLive(family: Family, now: Date): boolean {
  return !family.isRevoked && !family.isDisabled && now < family.idleExpiresAt && now < family.expiresAt;
}
