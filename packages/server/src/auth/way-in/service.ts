import type { Config } from "../../config.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import { isMailConfigured } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import { hasWayIn } from "./store.ts";

/** What finding the ways in needs. */
export interface WayInDeps {
  readonly config: Pick<Config, "mail" | "social">;
}

/**
 * Requires that the user can still sign in. Everything that takes a way in away calls it afterwards, in its transaction, which this
 * rolls back. The user must be locked, so that of two such calls the second sees what the first has left. Throws `LAST_WAY_IN`.
 */
export async function requireWayIn({ config }: WayInDeps, trx: DatabaseTransaction, userId: string): Promise<void> {
  const providers = config.social.providers.map(({ name }) => name);
  const isLeft = await hasWayIn(trx, { userId, canMail: isMailConfigured(config), providers });
  if (!isLeft) throw new GatehouseError("LAST_WAY_IN");
}
