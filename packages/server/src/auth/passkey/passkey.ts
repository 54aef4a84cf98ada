import type { z } from "zod";
import { providerOf } from "./provider.ts";
import type { passkeySchema } from "./schema.ts";
import type { PasskeyRow } from "./store.ts";

/** A passkey as its owner sees it. */
export type Passkey = z.output<typeof passkeySchema>;

/** The passkey of a row, without what only the server needs. */
export function toPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.public_id,
    name: row.name,
    provider: providerOf(row.aaguid) ?? null,
    transports: row.transports,
    backupEligible: row.backup_eligible,
    backedUp: row.backed_up,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
