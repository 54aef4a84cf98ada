import { hash, verify } from "@node-rs/argon2";
import { GatehouseError } from "../errors.ts";
import { BoundedQueue, QueueFullError } from "./bounded-queue.ts";

/** The cost of a hash and how much of it is done at once. */
export interface PasswordHashingOptions {
  /** Argon2 `m`, in KiB. */
  readonly memoryKib: number;
  /** Argon2 `t`. */
  readonly passes: number;
  /** Hashes computed at once; each takes a thread of the pool. */
  readonly concurrency: number;
  /** Hashes that may wait; one more answers 429. */
  readonly maxWaiting: number;
}

/** Turns passwords into hashes and checks them. Both may throw `TOO_MANY_REQUESTS`. */
export interface PasswordHasher {
  /** A PHC string, `$argon2id$…`. */
  hash(password: string): Promise<string>;
  verify(password: string, hashed: string): Promise<boolean>;
  /** Takes as long as {@link verify} of a real hash, for accounts that have none or do not exist. */
  verifyNothing(password: string): Promise<false>;
}

/** Seconds after which a refused hash is worth another try. */
const retryAfterSeconds = 2;

/**
 * Argon2id (RFC 9106) on the thread pool. A password is hashed in its NFC form, so that the same
 * characters typed on another keyboard still match (NIST SP 800-63B, 3.1.1.2).
 */
export async function createPasswordHasher(options: PasswordHashingOptions): Promise<PasswordHasher> {
  const queue = new BoundedQueue(options);
  // The variant is not named: Argon2id is the library's default, and its enum is not erasable syntax.
  const cost = { memoryCost: options.memoryKib, timeCost: options.passes, parallelism: 1 };
  const hashNow = (password: string) => hash(password.normalize("NFC"), cost);
  const nobodysHash = await hashNow("nobody's password");
  const verifyQueued = (password: string, hashed: string) =>
    inTurn(queue, () => verify(hashed, password.normalize("NFC")));
  return {
    hash: (password) => inTurn(queue, () => hashNow(password)),
    verify: verifyQueued,
    verifyNothing: async (password) => {
      await verifyQueued(password, nobodysHash);
      return false;
    },
  };
}

async function inTurn<T>(queue: BoundedQueue, work: () => Promise<T>): Promise<T> {
  try {
    return await queue.run(work);
  } catch (cause) {
    if (!(cause instanceof QueueFullError)) throw cause;
    const detail = "Too many people are signing in at this moment.";
    throw new GatehouseError("TOO_MANY_REQUESTS", { detail, retryAfterSeconds, cause });
  }
}
