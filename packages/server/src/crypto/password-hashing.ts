import { GatehouseError } from "../errors.ts";
import { BoundedQueue, QueueFullError } from "./bounded-queue.ts";
import { createHashingThreads } from "./hashing-threads.ts";
import { readStoredHash } from "./imported-hashes/stored-hash.ts";

/** The cost of a hash, and how many are computed at once. */
export interface PasswordHashingOptions {
  /** Argon2 `m`, in KiB. */
  readonly memoryKib: number;
  /** Argon2 `t`. */
  readonly passes: number;
  /** Hashes computed at once; each takes a thread of its own. */
  readonly concurrency: number;
  /** Hashes that may wait; a further one is rejected with 429. */
  readonly maxWaiting: number;
}

/** Hashes and verifies passwords. Every method that computes a hash may throw `TOO_MANY_REQUESTS`. */
export interface PasswordHasher {
  /** Returns a PHC string, `$argon2id$…`. */
  hash(password: string): Promise<string>;
  /** Verifies against a hash made here or imported. Throws `UnreadableHashError` for any other text. */
  verify(password: string, hashed: string): Promise<boolean>;
  /** Whether a hash is imported, or has another cost than is configured now, so that it should be replaced. */
  isOutdated(hashed: string): boolean;
  /**
   * Reserves a place for a call that will hash, until it is disposed of. The excess of a storm of sign-ins is rejected here,
   * before it reaches the database, where calls of signed-in users would wait behind it. Throws `TOO_MANY_REQUESTS`.
   */
  admit(): Disposable;
  /** Takes as long as {@link verify} of a real hash, for accounts that have none or do not exist. */
  verifyNothing(password: string): Promise<false>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/**
 * Hashes with Argon2id (RFC 9106) in threads of its own. A password is hashed in its NFC form, so that the same characters
 * typed on another keyboard still match (NIST SP 800-63B, 3.1.1.2). Imported hashes may have been made without
 * normalization, so a password that is not in NFC is verified as typed, too.
 */
export async function createPasswordHasher(options: PasswordHashingOptions): Promise<PasswordHasher> {
  const queue = new BoundedQueue(options);
  // The variant is not named: Argon2id is the library's default, and its enum is not erasable syntax.
  const cost = { memoryCost: options.memoryKib, timeCost: options.passes, parallelism: 1 };
  const threads = createHashingThreads(options.concurrency);
  const hashNow = (password: string) => threads.hash(password.normalize("NFC"), cost);
  const nobodysHash = await hashNow("nobody's password");
  const ownPrefix = nobodysHash.slice(0, nobodysHash.lastIndexOf("$", nobodysHash.lastIndexOf("$") - 1) + 1);
  const verifyQueued = (password: string, hashed: string) =>
    inTurn(queue, async () => {
      const hash = readStoredHash(hashed);
      const normalized = password.normalize("NFC");
      if (await threads.verify(normalized, hash)) return true;
      return password !== normalized && (await threads.verify(password, hash));
    });
  return {
    hash: (password) => inTurn(queue, () => hashNow(password)),
    verify: verifyQueued,
    isOutdated: (hashed) => !hashed.startsWith(ownPrefix),
    admit: () => orRefuse(() => queue.admit()),
    verifyNothing: async (password) => {
      await verifyQueued(password, nobodysHash);
      return false;
    },
    close: () => threads.close(),
  };
}

function inTurn<T>(queue: BoundedQueue, work: () => Promise<T>): Promise<T> {
  return queue.run(work).catch(refuse);
}

function orRefuse<T>(enter: () => T): T {
  try {
    return enter();
  } catch (error) {
    return refuse(error);
  }
}

/** Turns a full queue into `TOO_MANY_REQUESTS`, with the seconds in which those who wait now will be done. */
function refuse(cause: unknown): never {
  if (!(cause instanceof QueueFullError)) throw cause;
  const retryAfterSeconds = Math.max(1, Math.ceil(cause.waitMillis / 1000));
  const detail = "Too many people are signing in at this moment.";
  throw new GatehouseError("TOO_MANY_REQUESTS", { detail, retryAfterSeconds, cause });
}
