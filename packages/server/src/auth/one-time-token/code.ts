import { createHmac, timingSafeEqual } from "node:crypto";
import { addSeconds, type Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { validForMinutes } from "./lifetimes.ts";
import { countAttempt, type OneTimeTokenRow, putToken, takeToken } from "./store.ts";

/** What codes need. */
export interface CodeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

const codeDigits = 6;

/** Guesses at a code, the right one included. */
const maxAttempts = 5;

interface NewCode {
  readonly userId: string;
  /** E.164. */
  readonly phone: string;
}

/** Creates a code for the number; it replaces the user's earlier code. */
export async function issueCode(
  deps: Pick<CodeDeps, "clock" | "keyRing" | "random">,
  trx: DatabaseTransaction,
  { userId, phone }: NewCode,
): Promise<{ readonly code: string; readonly validForMinutes: number }> {
  const code = randomCode(deps.random);
  const [digest] = codeDigests(deps.keyRing, { userId, phone, code });
  if (digest === undefined) throw new Error("a key ring holds at least one key");
  const now = deps.clock.now();
  await putToken(trx, {
    user_id: userId,
    purpose: "verify_phone",
    target: phone,
    target_canonical: phone,
    slot: "",
    digest,
    attempts: 0,
    created_at: now,
    expires_at: addSeconds(now, validForMinutes.verify_phone * 60),
  });
  return { code, validForMinutes: validForMinutes.verify_phone };
}

/**
 * Returns the user's code if this is it; use it up by {@link takeCode}. Every guess counts, right or wrong, and even if the
 * call then fails, since it is counted outside any transaction.
 */
export async function matchCode(
  deps: Pick<CodeDeps, "clock" | "db" | "keyRing">,
  { userId, code }: { readonly userId: string; readonly code: string },
): Promise<OneTimeTokenRow | undefined> {
  const now = deps.clock.now();
  const row = await countAttempt(deps.db, { userId, purpose: "verify_phone", maxAttempts, now });
  if (row === undefined || code.length !== codeDigits) return undefined;
  const expected = Buffer.from(row.digest);
  const digests = codeDigests(deps.keyRing, { userId, phone: row.target, code });
  return digests.some((digest) => timingSafeEqual(digest, expected)) ? row : undefined;
}

/** Uses up the matched code. One concurrent call gets it, and none if it was replaced meanwhile. */
export async function takeCode(
  { clock }: Pick<CodeDeps, "clock">,
  trx: DatabaseTransaction,
  code: OneTimeTokenRow,
): Promise<boolean> {
  return await takeToken(trx, code, clock.now());
}

/** With 48 random bits, no code is likelier than another by more than one in a hundred million. */
function randomCode(random: RandomSource): string {
  const number = random.bytes(6).readUIntBE(0, 6) % 10 ** codeDigits;
  return String(number).padStart(codeDigits, "0");
}

/**
 * HMAC-SHA-256 under each key of the ring, the newest first, so that a copy of the table is not enough to try the million
 * codes. The digest is valid for this user and number only.
 */
function codeDigests(keyRing: KeyRing, { userId, phone, code }: NewCode & { readonly code: string }): Buffer[] {
  return keyRing
    .derive("one-time-code")
    .map((key) => createHmac("sha256", key).update(`${userId}\n${phone}\n${code}`).digest());
}
