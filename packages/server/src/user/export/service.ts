import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { z } from "zod";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { digestLinkToken } from "../../auth/one-time-token/link.ts";
import type { Actor } from "../../auth/session/actor.ts";
import { lockSession } from "../../auth/session/store.ts";
import { addSeconds } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import { type MailDeps, requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { JobQueue } from "../../jobs/queue.ts";
import { addressOf } from "../service.ts";
import { lockUser } from "../store.ts";
import { exportJob, exportLifetimeSeconds } from "./collect.ts";
import { partContext } from "./part.ts";
import type { exportOutput } from "./schema.ts";
import { deleteExport, findPart, insertExport, takeExport } from "./store.ts";

interface RequestDeps extends AuditDeps {
  readonly db: Database;
  readonly random: RandomSource;
  readonly jobs: JobQueue;
  readonly config: MailDeps["config"];
}

/**
 * Lets a job collect all that is held about the actor. Throws `EMAIL_NOT_CONFIGURED`, `EMAIL_MISSING`,
 * `EMAIL_NOT_VERIFIED`, because the link must go to nobody else, and `ACCESS_TOKEN_INVALID` if the session ended meanwhile.
 */
export async function requestExport(
  deps: RequestDeps,
  { userId, session }: Actor,
): Promise<z.output<typeof exportOutput>> {
  requireMail(deps.config);
  const now = deps.clock.now();
  return await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    const isSignedIn = user !== undefined && (await lockSession(trx, session.id));
    if (!isSignedIn) throw new GatehouseError("ACCESS_TOKEN_INVALID");
    const sentTo = addressOf(user);
    if (user.email_verified_at === null) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    const exportId = deps.random.uuid();
    const expiresAt = addSeconds(now, exportLifetimeSeconds);
    await insertExport(trx, { public_id: exportId, user_id: userId, requested_at: now, expires_at: expiresAt });
    await deps.jobs.enqueue(trx, exportJob, { exportId });
    await recordEvent(deps, trx, { action: "user.export_requested", kind: "user", targetId: user.public_id });
    return { sentTo };
  });
}

interface DownloadDeps {
  readonly db: Database;
  readonly clock: { now(): Date };
  readonly keyRing: KeyRing;
}

/**
 * Uses up the link and returns the copy as JSON, a part at a time, so that its size does not matter. The copy is deleted when the
 * stream ends, also if the reader goes away. Throws `EXPORT_TOKEN_INVALID`.
 */
export async function openExport(deps: DownloadDeps, token: string): Promise<Readable> {
  const digest = digestLinkToken(token);
  const taken = digest && (await takeExport(deps.db, digest, deps.clock.now()));
  if (taken === undefined) throw new GatehouseError("EXPORT_TOKEN_INVALID");
  return pipeline(Readable.from(readParts(deps, taken.id)), createGunzip(), () => undefined);
}

async function* readParts({ db, keyRing }: DownloadDeps, exportId: string): AsyncGenerator<Buffer> {
  try {
    for (let position = 0; ; position += 1) {
      const part = await findPart(db, exportId, position);
      if (part === undefined) return;
      yield keyRing.open(part.sealed, partContext(part.id));
    }
  } finally {
    await deleteExport(db, exportId);
  }
}
