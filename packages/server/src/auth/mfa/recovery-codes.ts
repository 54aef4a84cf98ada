import type { Clock } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { replaceRecoveryCodes, takeRecoveryCode } from "./recovery-code-store.ts";

const codesPerUser = 10;

/** Crockford's base 32: without I, L, O and U, so that no two characters look alike. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Five groups of five characters, 125 bits. With at least 112 bits a look-up secret needs no slow hash (NIST SP 800-63B-4,
 * 3.1.2.2).
 */
const codeCharacters = 25;

/** Gives the user ten codes, each of which answers one challenge; earlier ones end. The user must be locked. */
export async function issueRecoveryCodes(
  deps: { readonly clock: Clock; readonly random: RandomSource },
  trx: DatabaseTransaction,
  userId: string,
): Promise<string[]> {
  const codes = Array.from({ length: codesPerUser }, () => newCode(deps.random));
  await replaceRecoveryCodes(trx, { userId, digests: codes.map(digestSecret), now: deps.clock.now() });
  return codes.map(grouped);
}

/** Uses up the code; returns `false` if it is none of the user's. */
export async function redeemRecoveryCode(
  trx: DatabaseTransaction,
  { userId, code }: { readonly userId: string; readonly code: string },
): Promise<boolean> {
  return await takeRecoveryCode(trx, { userId, digest: digestSecret(canonicalCode(code)) });
}

function newCode(random: RandomSource): string {
  return Array.from(random.bytes(codeCharacters), (byte) => alphabet.charAt(byte % alphabet.length)).join("");
}

function grouped(code: string): string {
  return (code.match(/.{5}/g) ?? []).join("-");
}

/** As people type it: in any case, with spaces or without hyphens, and with letters that look like digits. */
function canonicalCode(code: string): string {
  return code
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
}
