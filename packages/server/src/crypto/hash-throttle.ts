/** What a thread reads of itself. */
export interface ThreadClock {
  /** Milliseconds on a clock that never goes back. */
  readonly wallMillis: () => number;
  /** Milliseconds for which the thread has had a core. A reading may lag by a tick of the kernel, some milliseconds. */
  readonly cpuMillis: () => number;
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
 * hashes. Where hashes are seen to wait for cores, others do: then the thread leaves them its core for a while.
 */
export class HashingPace {
  readonly #clock: ThreadClock;
  #startedAt = 0;
  /** What had been computed when the last hash was done: what that reading missed is counted with the next hash. */
  #computedBefore: number;
  #hashes = 0;
  #tookMillis = 0;
  #computedMillis = 0;

  constructor(clock: ThreadClock) {
    this.#clock = clock;
    this.#computedBefore = clock.cpuMillis();
  }

  /** A hash begins. */
  begin(): void {
    this.#startedAt = this.#clock.wallMillis();
  }

  /** A hash is done. Answers what the thread rests after it, in milliseconds: 0 as long as there are cores enough. */
  end(): number {
    const tookMillis = this.#clock.wallMillis() - this.#startedAt;
    const computed = this.#clock.cpuMillis();
    this.#tookMillis += (tookMillis - this.#tookMillis) / hashesSeen;
    this.#computedMillis += (computed - this.#computedBefore - this.#computedMillis) / hashesSeen;
    this.#computedBefore = computed;
    this.#hashes += 1;
    const isScarce = this.#hashes >= hashesSeen && this.#tookMillis > scarceAbove * this.#computedMillis;
    return isScarce ? Math.min(restTimes * tookMillis, maxRestMillis) : 0;
  }
}
