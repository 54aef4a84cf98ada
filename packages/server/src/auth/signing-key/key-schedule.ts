import { addSeconds } from "../../clock.ts";
import { keySetMaxAgeSeconds, maxAccessTokenTtlSeconds } from "../../crypto/access-token.ts";

/** When a key begins; it ends where the next one begins, so the rows and the time of day say all. */
export interface KeyTimes {
  readonly publishedAt: Date;
  readonly activatesAt: Date;
}

/**
 * `next` is published and does not sign yet; `active` signs; `retired` is published for as long as its tokens may live;
 * `over` is accepted no more, and deleted.
 */
export type KeyState = "next" | "active" | "retired" | "over";

/** How far the clocks of two servers may be apart, in seconds. */
const clockToleranceSeconds = 60;

/**
 * How long a key is published after it has ceased to sign, in seconds: the longest life of a token, whatever this
 * server's setting is, the time that somebody may keep the key set, and what clocks are apart.
 */
export const retirementSeconds = maxAccessTokenTtlSeconds + keySetMaxAgeSeconds + clockToleranceSeconds;

/** Where the key that signs stands among these, which are in the order of their activation; -1 where there is none. */
export function activeIndex(keys: readonly KeyTimes[], now: Date): number {
  const last = keys.findLastIndex((key) => key.activatesAt <= now);
  // A clock that is behind may see only keys that are to come: the first of them signs, for somebody made it sign.
  return last === -1 && keys.length > 0 ? 0 : last;
}

/** When the key ceases to sign; `undefined` for the last. */
export function retiresAt(keys: readonly KeyTimes[], index: number): Date | undefined {
  return keys[index + 1]?.activatesAt;
}

/** What the key is at a moment; the keys are in the order of their activation. */
export function keyStateAt(keys: readonly KeyTimes[], index: number, now: Date): KeyState {
  const active = activeIndex(keys, now);
  if (index > active) return "next";
  const end = retiresAt(keys, index);
  if (index === active || end === undefined) return "active";
  return now < addSeconds(end, retirementSeconds) ? "retired" : "over";
}
