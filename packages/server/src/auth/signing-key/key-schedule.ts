import { addSeconds } from "../../clock.ts";
import { keySetMaxAgeSeconds, maxAccessTokenTtlSeconds } from "../../crypto/access-token.ts";

/** When a key begins. It ends when the next one begins, so the rows and the time of day determine every state. */
export interface KeyTimes {
  readonly publishedAt: Date;
  readonly activatesAt: Date;
}

/**
 * `next` is published but does not sign yet; `active` signs; `retired` stays published until its last token has expired;
 * `spent` is no longer accepted, and is deleted.
 */
export type KeyState = "next" | "active" | "retired" | "spent";

/** How much the clocks of two servers may differ, in seconds. */
const clockToleranceSeconds = 60;

/**
 * How long a key stays published after it stopped signing, in seconds: the longest lifetime that any server may give a token,
 * the time for which the key set may be cached, and the tolerance of clocks.
 */
export const retirementSeconds = maxAccessTokenTtlSeconds + keySetMaxAgeSeconds + clockToleranceSeconds;

/** The index of the active key; -1 if there is none. The keys are in the order of their activation. */
export function activeIndex(keys: readonly KeyTimes[], now: Date): number {
  const last = keys.findLastIndex((key) => key.activatesAt <= now);
  // A slow clock may see only keys of the future. The first of them signs: a server whose clock is right made it active.
  return last === -1 && keys.length > 0 ? 0 : last;
}

/** When the key stops signing; `undefined` for the last key. */
export function retiresAt(keys: readonly KeyTimes[], index: number): Date | undefined {
  return keys[index + 1]?.activatesAt;
}

/** The state of a key at that time. The keys are in the order of their activation. */
export function keyStateAt(keys: readonly KeyTimes[], index: number, now: Date): KeyState {
  const active = activeIndex(keys, now);
  if (index > active) return "next";
  const end = retiresAt(keys, index);
  if (index === active || end === undefined) return "active";
  return now < addSeconds(end, retirementSeconds) ? "retired" : "spent";
}
