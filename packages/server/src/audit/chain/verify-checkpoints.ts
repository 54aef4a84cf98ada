import type { CryptoKey } from "jose";
import { type Checkpoint, digestOf, verifyCheckpoint } from "./checkpoint.ts";
import { importCheckpointKey, listPublicKeys } from "./checkpoint-key.ts";
import { listCheckpoints } from "./checkpoint-store.ts";
import { isDropProven } from "./drop-proof.ts";
import type { Finding, VerifyOptions } from "./finding.ts";
import { findLinkAt } from "./verify-store.ts";

const pageSize = 100;

/** Verifies the stored and the given checkpoints, and the chain against them. Returns how many there were. */
export async function verifyCheckpoints(options: VerifyOptions): Promise<number> {
  const keys = await keysOf(options);
  let count = 0;
  for (const token of options.checkpoints ?? []) {
    await verifyOne(options, token, keys);
    count += 1;
  }
  let after = "0";
  let previous: string | undefined;
  let page: Awaited<ReturnType<typeof listCheckpoints>>;
  do {
    page = await listCheckpoints(options.db, { after, limit: pageSize });
    for (const { id, token } of page) {
      const checkpoint = await verifyOne(options, token, keys);
      if (checkpoint !== undefined && previous !== undefined && checkpoint.previous !== previous)
        report(options, `The checkpoint before that of ${checkpoint.at} is gone or is another one`);
      previous = digestOf(token);
      after = id;
      count += 1;
    }
  } while (page.length === pageSize);
  return count;
}

async function keysOf({ db, publicKeys }: VerifyOptions): Promise<ReadonlyMap<string, CryptoKey>> {
  const jwks = publicKeys ?? (await listPublicKeys(db));
  const imported = jwks.map(async (jwk) => [String(jwk["kid"]), await importCheckpointKey(jwk)] as const);
  return new Map(await Promise.all(imported));
}

async function verifyOne(
  options: VerifyOptions,
  token: string,
  keys: ReadonlyMap<string, CryptoKey>,
): Promise<Checkpoint | undefined> {
  const checkpoint = await verifyCheckpoint(token, keys);
  if (checkpoint === undefined) {
    report(options, `A checkpoint is not signed by a known key: ${token.slice(0, 40)}…`);
    return undefined;
  }
  for (const head of checkpoint.heads) await verifyHead({ ...options, keys }, head, checkpoint.at);
  return checkpoint;
}

async function verifyHead(
  { db, onFinding, keys }: VerifyOptions & { readonly keys: ReadonlyMap<string, CryptoKey> },
  { month, position, digest }: Checkpoint["heads"][number],
  at: string,
): Promise<void> {
  const found = await findLinkAt(db, month, position);
  if (found.digest !== null && Buffer.from(found.digest).toString("base64url") === digest) return;
  const about = { month, position, eventId: null };
  if (found.digest !== null) {
    const message = `The links up to ${position} are not those of the checkpoint of ${at}: the month was written anew`;
    onFinding({ kind: "rewritten", ...about, message });
  } else if (found.last !== null || !(await isDropProven(db, month, keys))) {
    const message = `The chain ends at ${found.last ?? "0"}, but the checkpoint of ${at} has ${position} links`;
    onFinding({ kind: "truncated", ...about, message });
  }
}

function report({ onFinding }: VerifyOptions, message: string): void {
  onFinding({ kind: "checkpoint", month: null, position: null, eventId: null, message } satisfies Finding);
}
