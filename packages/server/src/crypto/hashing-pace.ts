/** A hash, in milliseconds. */
interface ComputedHash {
  /** From its beginning to its end. */
  readonly tookMillis: number;
  /** What of that it had a core. */
  readonly computedMillis: number;
}

/** So many hashes are looked at together: one that was held up by chance says nothing. */
const hashesSeen = 8;
/** Cores are scarce where hashes take so many times what they compute; with cores enough that is 1.0 to 1.3. */
const scarceAbove = 1.5;
/** A rest, in times of what the hash before it took. */
const restTimes = 1.5;
const maxRestMillis = 250;

/**
 * How long a thread rests between two hashes. The scheduler lets a thread of low priority finish its turn, of some
 * milliseconds, before another that has work gets the core, so a priority alone does not keep calls from waiting behind
 * hashes. Where hashes are seen to wait for cores, others do: then the thread leaves them its core more than half of the time.
 */
export class HashingPace {
  #tookMillis = 0;
  #computedMillis = 0;

  /** What the thread rests after this hash, in milliseconds: 0 as long as there are cores enough. */
  restAfter({ tookMillis, computedMillis }: ComputedHash): number {
    this.#tookMillis += (tookMillis - this.#tookMillis) / hashesSeen;
    this.#computedMillis += (computedMillis - this.#computedMillis) / hashesSeen;
    if (this.#tookMillis <= scarceAbove * this.#computedMillis) return 0;
    return Math.min(restTimes * tookMillis, maxRestMillis);
  }
}
