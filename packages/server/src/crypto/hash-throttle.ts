/** The clocks of a thread. */
export interface ThreadClock {
  /** Milliseconds on a clock that never goes back. */
  readonly wallMillis: () => number;
  /** Milliseconds for which the thread has had a core. A reading may lag by a tick of the kernel, some milliseconds. */
  readonly cpuMillis: () => number;
}

/**
 * How much nicer than the server a hashing thread is on Linux, see nice(2). At 5 it has a third of the weight of the thread that
 * serves calls. With a tenth, at 10, sign-ins would get too little beside many calls.
 */
const addedNiceness = 5;
const maxNiceness = 19;

/** The niceness of a hashing thread of a server with this one. It is never less, which only a privileged process may set. */
export function hashingNiceness(ofServer: number): number {
  return Math.min(ofServer + addedNiceness, maxNiceness);
}

/** Hashes that the means run over: a single hash may be held up by chance. */
const sampleSize = 8;

/** Wall time over CPU time of a hash, above which cores become scarce. With enough cores it is 1.0 to 1.3. */
const scarceAbove = 1.5;

/**
 * The same, below which cores are no longer scarce. It is lower because other work has the rests then: if that work still
 * delays hashes, the rests are not enough for it.
 */
const scarceUntil = 1.2;

/** The part of a core that the hashes of one thread use at most while cores are scarce. */
const scarceShare = 0.4;

/** The longest rest, in milliseconds. Only imported hashes are so slow that it matters. */
const maxRestMillis = 250;

/**
 * Decides how long a thread rests between two hashes, so that hashes and calls share scarce cores. A low priority alone does not
 * keep calls from waiting behind hashes, since the scheduler lets a thread finish its time slice of some milliseconds first. So
 * while cores are scarce, a thread uses a fixed part of a core at most. A thread that gets no more than that anyway does not
 * rest: sign-ins go on however many calls there are.
 */
export class HashThrottle {
  readonly #clock: ThreadClock;
  #startedAt = 0;
  /** CPU time at the end of the last hash. A lag of that reading is counted with the next hash. */
  #lastCpuMillis: number;
  #count = 0;
  #meanWallMillis = 0;
  #meanCpuMillis = 0;
  #isScarce = false;

  constructor(clock: ThreadClock) {
    this.#clock = clock;
    this.#lastCpuMillis = clock.cpuMillis();
  }

  /** Call before a hash. */
  start(): void {
    this.#startedAt = this.#clock.wallMillis();
  }

  /** Call after a hash. Returns the rest in milliseconds: 0 while there are enough cores. */
  finish(): number {
    const tookMillis = this.#clock.wallMillis() - this.#startedAt;
    this.#measure(tookMillis);
    if (!this.#isScarce) return 0;
    return Math.min(Math.max(this.#meanCpuMillis / scarceShare - tookMillis, 0), maxRestMillis);
  }

  #measure(tookMillis: number): void {
    const computed = this.#clock.cpuMillis();
    this.#count += 1;
    const hashes = Math.min(this.#count, sampleSize);
    this.#meanWallMillis += (tookMillis - this.#meanWallMillis) / hashes;
    this.#meanCpuMillis += (computed - this.#lastCpuMillis - this.#meanCpuMillis) / hashes;
    this.#lastCpuMillis = computed;
    const limit = this.#isScarce ? scarceUntil : scarceAbove;
    this.#isScarce = this.#count >= sampleSize && this.#meanWallMillis > limit * this.#meanCpuMillis;
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
