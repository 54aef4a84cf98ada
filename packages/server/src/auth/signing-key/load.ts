import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import { type Database, EmbeddedDatabase } from "../../database/connection.ts";
import type { Logger } from "../../logging/logger.ts";
import { startPolling } from "../../polling.ts";
import { StartupError } from "../../startup-error.ts";
import { makeFirstKey } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { listSigningKeys } from "./store.ts";

interface LoadOptions {
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The pause between polls, in milliseconds: other servers accept a deleted key for this long. */
const pollPauseMillis = 500;

/** How long the keys are relied on after they were read, in milliseconds. By then several polls must have failed. */
const maxSilenceMillis = 2000;

/** The signing keys, kept up to date until they are closed. */
interface LoadedSigningKeys {
  readonly signingKeys: SigningKeys;
  close(): Promise<void>;
}

/**
 * Loads the signing keys and keeps them up to date; makes the first one if there is none. Throws {@link StartupError} if the
 * key ring opens no key that may sign: without the keys that sealed its data, the server must not start.
 */
export async function loadSigningKeys(options: LoadOptions): Promise<LoadedSigningKeys> {
  const { db, clock } = options;
  if ((await listSigningKeys(db)).length === 0) await makeFirstKey(options);
  // The embedded database belongs to this process alone, which reloads the keys when it has changed them.
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

/** Reloads the keys at each poll. Logs the first of several failures in a row. */
function pollRegularly(signingKeys: SigningKeys, log: Logger): () => Promise<void> {
  let isFailing = false;
  let isClosed = false;
  const stop = startPolling(async () => {
    try {
      await signingKeys.reload();
      isFailing = false;
    } catch (err) {
      if (!isFailing && !isClosed)
        log.warn({ err }, "the signing keys cannot be read, they are asked for before each use");
      isFailing = true;
    }
  }, pollPauseMillis);
  return async () => {
    isClosed = true;
    await stop();
  };
}
