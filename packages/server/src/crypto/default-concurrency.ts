/** Beyond these the database is what bounds sign-ins, and each takes the memory of its hash. */
const maxThreads = 4;

/**
 * How many hashes a machine of so many cores computes at once, unless it is told otherwise. Each takes a whole core, so one is
 * left to the event loop: where hashes have them all, a storm of sign-ins stops the calls of everybody else.
 */
export function defaultHashConcurrency(cores: number): number {
  return Math.max(1, Math.min(cores - 1, maxThreads));
}
