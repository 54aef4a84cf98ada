import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { type Database, EmbeddedDatabase } from "../../database/connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { StartupError } from "../../startup-error.ts";
import { makeFirstKey } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { listSigningKeys } from "./store.ts";

interface FollowOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often the rows are read, in milliseconds: what a key that was taken away is still worth elsewhere. */
const pollIntervalMillis = 500;

/** What was read is relied on for this long, in milliseconds; several polls must have failed by then. */
const maxSilenceMillis = 2000;

/** The signing keys, followed for as long as the server runs. */
interface FollowedSigningKeys {
  readonly signingKeys: SigningKeys;
  close(): Promise<void>;
}

/**
 * Loads the keys, the first of which is made on first start, and follows their changes. Throws {@link StartupError} where
 * the key ring opens none that may sign: without the keys that sealed its data the server must not start.
 */
export async function followSigningKeys(options: FollowOptions): Promise<FollowedSigningKeys> {
  const { db, clock } = options;
  if ((await listSigningKeys(db)).length === 0) await makeFirstKey(options);
  // The embedded database belongs to this process alone, which reads the keys when it has changed them.
  const isAlone = db instanceof EmbeddedDatabase;
  const signingKeys = new SigningKeys({ ...options, maxSilenceMillis: isAlone ? Infinity : maxSilenceMillis });
  await signingKeys.reload();
  assertCanSign(signingKeys, clock.now());
  return { signingKeys, close: isAlone ? async () => undefined : pollRegularly(signingKeys, options.log) };
}

function assertCanSign(signingKeys: SigningKeys, now: Date): void {
  try {
    signingKeys.signingKeyAt(now);
  } catch (cause) {
    const message =
      "ENCRYPTION_KEYS does not open the signing keys of this database. Restore the keys that it was made with.";
    throw new StartupError("KeyError", message, { cause });
  }
}

/** Reads the keys again and again, some time after each time; answers with what ends it. */
function pollRegularly(signingKeys: SigningKeys, log: Logger): () => Promise<void> {
  let isClosed = false;
  let isLost = false;
  let timer: NodeJS.Timeout | undefined;
  let polling = Promise.resolve();
  const poll = async () => {
    try {
      await signingKeys.reload();
      isLost = false;
    } catch (err) {
      if (!isLost && !isClosed)
        log.warn({ err }, "the signing keys cannot be read, they are asked for before each use");
      isLost = true;
    }
  };
  const schedule = () => {
    if (isClosed) return;
    timer = setTimeout(() => {
      polling = poll().then(schedule);
    }, pollIntervalMillis);
  };
  schedule();
  return async () => {
    isClosed = true;
    clearTimeout(timer);
    await polling;
  };
}
