import { CompactSign, type CryptoKey, compactVerify, decodeProtectedHeader } from "jose";
import type { z } from "zod";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { type CheckpointKeyDeps, openCheckpointKey } from "./checkpoint-key.ts";

/** Signs what a checkpoint or a proof says, as a JWS in its compact form (RFC 7515). Lock the chain before. */
export async function signText(
  deps: CheckpointKeyDeps,
  trx: DatabaseTransaction,
  content: Readonly<Record<string, unknown>> & { readonly purpose: string },
): Promise<string> {
  const { keyId, algorithm, privateKey } = await openCheckpointKey(deps, trx);
  return await new CompactSign(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg: algorithm, kid: keyId })
    .sign(privateKey);
}

/** Opens what one of these keys, by their ids, signed; `undefined` if none did, or if it says something else. */
export async function openSigned<T>(
  token: string,
  keys: ReadonlyMap<string, CryptoKey>,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    const key = keys.get(decodeProtectedHeader(token).kid ?? "");
    if (key === undefined) return undefined;
    const { payload } = await compactVerify(token, key, { algorithms: ["EdDSA"] });
    return schema.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch {
    return undefined;
  }
}
