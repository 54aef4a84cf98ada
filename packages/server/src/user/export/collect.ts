import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { z } from "zod";
import { mailUser } from "../../auth/notice/service.ts";
import { type LinkDeps, makeLinkTo } from "../../auth/one-time-token/link.ts";
import { daySeconds } from "../../clock.ts";
import { type Database, inTransaction } from "../../database/connection.ts";
import type { MailDeps } from "../../delivery/email/service.ts";
import { defineJob, type JobAttempt } from "../../jobs/job.ts";
import { findUser, lockUser } from "../store.ts";
import { type ContentDeps, writeContent } from "./content.ts";
import { partContext, partId } from "./part.ts";
import { completeExport, deleteParts, type ExportRow, findOpenExport, insertPart } from "./store.ts";

/** Collects the copy that a user asked for, and mails the link to it. */
export const exportJob = defineJob({
  name: "export-user-data",
  schema: z.strictObject({ exportId: z.uuid() }),
  timeoutSeconds: 3600,
});

/** How long a request may wait for its job, and a copy for its download, in seconds. */
export const exportLifetimeSeconds = 7 * daySeconds;

interface CollectDeps extends Omit<MailDeps, "config">, Pick<ContentDeps, "pictures"> {
  readonly db: Database;
  readonly config: MailDeps["config"] & LinkDeps["config"];
}

/**
 * The handler of {@link exportJob}. It holds one part at a time in memory. An attempt begins anew, and does nothing once the copy
 * is complete or the account deleted.
 */
export async function collectExport(
  deps: CollectDeps,
  { exportId }: { readonly exportId: string },
  { signal }: JobAttempt,
): Promise<void> {
  const found = await findOpenExport(deps.db, exportId);
  const user = found && (await findUser(deps.db, found.user_id));
  if (found === undefined || user === undefined) return;
  await deleteParts(deps.db, found.id);
  let position = 0;
  for await (const part of inParts(compress(writeContent(deps, user)))) {
    signal.throwIfAborted();
    const id = partId({ exportId, position });
    const sealed = deps.keyRing.seal(part, partContext(id));
    await insertPart(deps.db, { id, export_id: found.id, position, sealed });
    position += 1;
  }
  await complete(deps, found);
}

/** Stores the link of the copy and mails it, to the address that the user has now. */
async function complete(deps: CollectDeps, { id, user_id: userId }: ExportRow): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, userId);
    if (user === undefined) return;
    const { url, validForMinutes, ...link } = makeLinkTo(deps, "download-export", exportLifetimeSeconds / 60);
    const completion = { digest: link.digest, completed_at: link.createdAt, expires_at: link.expiresAt };
    if (!(await completeExport(trx, { id, ...completion }))) return;
    await mailUser(deps, trx, { recipient: user, content: { template: "export-ready", url, validForMinutes } });
  });
}

function compress(pieces: AsyncIterable<string>): AsyncIterable<Buffer> {
  // An error of either stream comes to the reader of the last one.
  return pipeline(Readable.from(pieces), createGzip(), () => undefined);
}

/** The size of a part, in bytes, before it is sealed. */
const partBytes = 256 * 1024;

async function* inParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    bytes += chunk.length;
    if (bytes < partBytes) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
