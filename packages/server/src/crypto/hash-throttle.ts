/** The clocks of a thread. */
export interface ThreadClock {
  /** Milliseconds on a clock that never goes back. */
  readonly wallMillis: () => number;
  /** Milliseconds for which the thread has had a core. A reading may lag by a tick of the kernel, some milliseconds. */
  readonly cpuMillis: () => number;
}

/** Hashes that the means run over: a single hash may be held up by chance. */
const sampleSize = 8;

/** Wall time over CPU time of a hash, above which cores count as scarce. With enough cores it is 1.0 to 1.3. */
const contentionRatio = 1.5;

/** A cooldown, as a multiple of the wall time of the hash before it. */
const cooldownFactor = 1.5;
const maxCooldownMillis = 250;

/**
 * Decides how long a thread pauses between two hashes. A low priority alone does not keep calls from waiting behind hashes,
 * since the scheduler lets a thread finish its time slice of some milliseconds first. When hashes wait for cores, calls wait
 * too, so the thread then leaves its core to them for a while.
 */
export class HashThrottle {
  readonly #clock: ThreadClock;
  #startedAt = 0;
  /** CPU time at the end of the last hash. A lag of that reading is counted with the next hash. */
  #lastCpuMillis: number;
  #count = 0;
  #meanWallMillis = 0;
  #meanCpuMillis = 0;

  constructor(clock: ThreadClock) {
    this.#clock = clock;
    this.#lastCpuMillis = clock.cpuMillis();
  }

  /** Call before a hash. */
  start(): void {
    this.#startedAt = this.#clock.wallMillis();
  }

  /** Call after a hash. Returns the cooldown in milliseconds: 0 while there are enough cores. */
  finish(): number {
    const tookMillis = this.#clock.wallMillis() - this.#startedAt;
    const computed = this.#clock.cpuMillis();
    this.#meanWallMillis += (tookMillis - this.#meanWallMillis) / sampleSize;
    this.#meanCpuMillis += (computed - this.#lastCpuMillis - this.#meanCpuMillis) / sampleSize;
    this.#lastCpuMillis = computed;
    this.#count += 1;
    const isScarce = this.#count >= sampleSize && this.#meanWallMillis > contentionRatio * this.#meanCpuMillis;
    return isScarce ? Math.min(cooldownFactor * tookMillis, maxCooldownMillis) : 0;
  }
}

/** More threads do not help, as the database then limits sign-ins; each takes the memory of its hash. */
const maxThreads = 4;

/**
 * The default number of hashes computed at once on a machine with this many cores. Each hash takes a whole core, so one core
 * is left to the event loop: otherwise a storm of sign-ins would stop all other calls.
 */
export function defaultHashConcurrency(cores: number): number {
  return Math.max(1, Math.min(cores - 1, maxThreads));
}
