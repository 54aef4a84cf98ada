import type { CryptoKey } from "jose";
import { z } from "zod";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { CheckpointKeyDeps } from "./checkpoint-key.ts";
import { openSigned, signText } from "./signed-text.ts";
import { listDropProofs } from "./verify-store.ts";

const purpose = "gatehouse audit month dropped";

const proofSchema = z.strictObject({
  purpose: z.literal(purpose),
  month: z.string(),
  /** The position of the month's last link, `"0"` for none, and its digest in base64url. */
  links: z.string(),
  digest: z.string().nullable(),
});

/** A month that is dropped. */
type DroppedMonth = Omit<z.output<typeof proofSchema>, "purpose">;

/**
 * Signs that the server itself dropped the month, for the event that says so: anybody who can write to the database could add
 * such an event, and delete a month. Lock the chain before.
 */
export async function proveDrop(
  deps: CheckpointKeyDeps,
  trx: DatabaseTransaction,
  { month, links, digest }: DroppedMonth,
): Promise<string> {
  return await signText(deps, trx, { purpose, month, links, digest });
}

/** Whether an event proves, by one of these keys, that the server dropped the month. */
export async function isDropProven(
  db: Database,
  month: string,
  keys: ReadonlyMap<string, CryptoKey>,
): Promise<boolean> {
  for (const proof of await listDropProofs(db, month)) {
    if ((await openSigned(proof, keys, proofSchema))?.month === month) return true;
  }
  return false;
}
