import { createHash } from "node:crypto";
import type { CryptoKey } from "jose";
import { z } from "zod";
import { type Database, inTransaction } from "../../database/connection.ts";
import type { Logger } from "../../logging/logger.ts";
import type { CheckpointKeyDeps } from "./checkpoint-key.ts";
import { findNewestCheckpoint, insertCheckpoint } from "./checkpoint-store.ts";
import { openSigned, signText } from "./signed-text.ts";
import { listHeads, lockChain } from "./store.ts";

/** What making a checkpoint needs. */
export interface CheckpointDeps extends CheckpointKeyDeps {
  readonly db: Database;
  readonly log: Logger;
}

const checkpointSchema = z.strictObject({
  /** What the signature is for, so that nothing else that the key signs could be one. */
  purpose: z.literal("gatehouse audit checkpoint"),
  at: z.iso.datetime(),
  /** SHA-256 of the checkpoint before it, in base64url; `null` for the first. */
  previous: z.string().nullable(),
  /** The newest link of each month: its position, and its digest in base64url. */
  heads: z.array(z.strictObject({ month: z.string(), position: z.string().regex(/^\d+$/), digest: z.string() })),
});

/** The heads of the chain at a moment. */
export type Checkpoint = z.output<typeof checkpointSchema>;

/**
 * Signs the heads of the chain, if they moved since the last checkpoint, stores the checkpoint and logs it, so that it leaves the
 * machine with the log. Returns it: a JWS in its compact form (RFC 7515).
 */
export async function makeCheckpoint(deps: CheckpointDeps): Promise<string | undefined> {
  const token = await inTransaction(deps.db, async (trx) => {
    await lockChain(trx);
    const before = await findNewestCheckpoint(trx);
    const heads = (await listHeads(trx)).map(({ month, position, digest }) => ({
      month,
      position,
      digest: Buffer.from(digest).toString("base64url"),
    }));
    if (before !== undefined && JSON.stringify(readUnverified(before.token).heads) === JSON.stringify(heads)) return;
    const now = deps.clock.now();
    const previous = before === undefined ? null : digestOf(before.token);
    const checkpoint: Checkpoint = { purpose: "gatehouse audit checkpoint", at: now.toISOString(), previous, heads };
    const signed = await signText(deps, trx, checkpoint);
    await insertCheckpoint(trx, signed, now);
    return signed;
  });
  if (token !== undefined) deps.log.info({ checkpoint: token }, "audit checkpoint");
  return token;
}

/** The digest by which a checkpoint names the one before it. */
export function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

function readUnverified(token: string): Checkpoint {
  const [, payload = ""] = token.split(".");
  return checkpointSchema.parse(JSON.parse(Buffer.from(payload, "base64url").toString()));
}

/** Verifies the signature of a checkpoint; `undefined` if none of these keys, by their ids, made it. */
export async function verifyCheckpoint(
  token: string,
  keys: ReadonlyMap<string, CryptoKey>,
): Promise<Checkpoint | undefined> {
  return await openSigned(token, keys, checkpointSchema);
}
