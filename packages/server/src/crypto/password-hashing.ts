import { GatehouseError } from "../errors.ts";
import { BoundedQueue, QueueFullError } from "./bounded-queue.ts";
import { createHashingThreads } from "./hashing-threads.ts";
import { readStoredHash } from "./imported-hashes/stored-hash.ts";

/** The cost of a hash and how much of it is done at once. */
export interface PasswordHashingOptions {
  /** Argon2 `m`, in KiB. */
  readonly memoryKib: number;
  /** Argon2 `t`. */
  readonly passes: number;
  /** Hashes computed at once; each takes a thread of its own. */
  readonly concurrency: number;
  /** Hashes that may wait; one more answers 429. */
  readonly maxWaiting: number;
}

/** Turns passwords into hashes and checks them. Whatever computes a hash may throw `TOO_MANY_REQUESTS`. */
export interface PasswordHasher {
  /** A PHC string, `$argon2id$…`. */
  hash(password: string): Promise<string>;
  /** Of a hash made here or imported. Throws `UnreadableHashError` for what is neither. */
  verify(password: string, hashed: string): Promise<boolean>;
  /** Whether a hash is imported or of another cost than is set now, so that it is worth making anew. */
  isOutdated(hashed: string): boolean;
  /**
   * Lets a call in that will hash, until it is disposed of. What a storm of sign-ins has too much is refused here, before
   * it comes to the database, where those who are signed in would have to wait behind it. Throws `TOO_MANY_REQUESTS`.
   */
  admit(): Disposable;
  /** Takes as long as {@link verify} of a real hash, for accounts that have none or do not exist. */
  verifyNothing(password: string): Promise<false>;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Seconds after which a refused hash is worth another try. */
const retryAfterSeconds = 2;

/**
 * Argon2id (RFC 9106) in threads of its own. A password is hashed in its NFC form, so that the same
 * characters typed on another keyboard still match (NIST SP 800-63B, 3.1.1.2). Imported hashes were made of whatever
 * was typed, so a password that is not in this form is checked as it came, too.
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

/** Makes of a full queue what callers understand. */
function refuse(cause: unknown): never {
  if (!(cause instanceof QueueFullError)) throw cause;
  const detail = "Too many people are signing in at this moment.";
  throw new GatehouseError("TOO_MANY_REQUESTS", { detail, retryAfterSeconds, cause });
}
