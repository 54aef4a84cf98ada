import type { AuditDeps } from "../audit/call.ts";
import { eventColumns } from "../audit/record.ts";
import type { Database } from "../database/connection.ts";
import { clearDeadTokens, type DeadToken } from "./push-store.ts";

interface DeadTokenDeps extends AuditDeps {
  readonly db: Database;
}

/**
 * Removes push tokens that their services will never deliver to again, in one statement, and records it. A device that got another
 * token since the message was sent keeps that. The device stays active, as its user is still signed in on it: its app sends a new
 * token at its next start. Returns the internal ids of the devices that lost their token.
 */
export async function removeDeadTokens(deps: DeadTokenDeps, dead: readonly DeadToken[]): Promise<readonly string[]> {
  if (dead.length === 0) return [];
  const event = eventColumns(deps, { action: "device.push_token_removed", kind: "device", accountId: null });
  return await clearDeadTokens(deps.db, dead, { now: deps.clock.now(), event });
}
