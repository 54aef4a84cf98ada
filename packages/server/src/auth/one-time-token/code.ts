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

/** Digits of a code that was sent to somebody. */
export const codeDigits = 6;

/** Guesses at a code, the right one included. */
export const maxAttempts = 5;

/** Whom a code serves, and the number that it proves. */
interface CodePurpose {
  /** The internal id of a user, or a text that is none. */
  readonly holder: string;
  /** E.164. */
  readonly phone: string;
}

/** A new code, and the values to store. */
interface NewCode {
  readonly code: string;
  readonly validForMinutes: number;
  readonly digest: Buffer;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Makes a code. The store that keeps its digest counts the guesses: {@link maxAttempts}. */
export function newCode(deps: Pick<CodeDeps, "clock" | "keyRing" | "random">, purpose: CodePurpose): NewCode {
  const code = randomCode(deps.random);
  const [digest] = codeDigests(deps.keyRing, { ...purpose, code });
  if (digest === undefined) throw new Error("a key ring holds at least one key");
  const createdAt = deps.clock.now();
  const minutes = validForMinutes.verify_phone;
  return { code, validForMinutes: minutes, digest, createdAt, expiresAt: addSeconds(createdAt, minutes * 60) };
}

/** Whether this is the code with this digest. Count the guess before. */
export function isCode(
  { keyRing }: Pick<CodeDeps, "keyRing">,
  presented: CodePurpose & { readonly code: string },
  digest: Uint8Array,
): boolean {
  if (presented.code.length !== codeDigits) return false;
  return codeDigests(keyRing, presented).some((expected) => timingSafeEqual(expected, digest));
}

/** Creates a code that proves the number to be the user's; it replaces the user's earlier code. */
export async function issueCode(
  deps: Pick<CodeDeps, "clock" | "keyRing" | "random">,
  trx: DatabaseTransaction,
  { userId, phone }: { readonly userId: string; readonly phone: string },
): Promise<Pick<NewCode, "code" | "validForMinutes">> {
  const { code, validForMinutes: minutes, digest, createdAt, expiresAt } = newCode(deps, { holder: userId, phone });
  await putToken(trx, {
    user_id: userId,
    purpose: "verify_phone",
    target: phone,
    target_canonical: phone,
    slot: "",
    digest,
    attempts: 0,
    created_at: createdAt,
    expires_at: expiresAt,
  });
  return { code, validForMinutes: minutes };
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
  if (row === undefined) return undefined;
  return isCode(deps, { holder: userId, phone: row.target, code }, row.digest) ? row : undefined;
}

/** Uses up the matched code. One concurrent call gets it, and none if it was replaced meanwhile. */
export async function takeCode(
  { clock }: Pick<CodeDeps, "clock">,
  trx: DatabaseTransaction,
  code: OneTimeTokenRow,
): Promise<boolean> {
  return await takeToken(trx, code, clock.now());
}

/** A random code. With 48 random bits, no code is likelier than another by more than one in a hundred million. */
export function randomCode(random: RandomSource): string {
  const number = random.bytes(6).readUIntBE(0, 6) % 10 ** codeDigits;
  return String(number).padStart(codeDigits, "0");
}

/**
 * HMAC-SHA-256 under each key of the ring, the newest first, so that a copy of the table is not enough to try the million
 * codes. The digest is valid for this holder and number only.
 */
function codeDigests(keyRing: KeyRing, { holder, phone, code }: CodePurpose & { readonly code: string }): Buffer[] {
  return keyRing
    .derive("one-time-code")
    .map((key) => createHmac("sha256", key).update(`${holder}\n${phone}\n${code}`).digest());
}
