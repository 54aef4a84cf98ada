import { sql } from "kysely";
import type { DatabaseTransaction } from "../database/connection.ts";
import type { PushService } from "../delivery/push/push-sender.ts";

/** A pause of a push service. */
export interface PauseRequest {
  readonly service: PushService;
  readonly now: Date;
  /** How long the service asked to wait; 0 if it did not say. */
  readonly askedMillis: number;
  readonly firstMillis: number;
  readonly maxMillis: number;
  /** A pause that begins so soon after the last one is twice as long. */
  readonly memoryMillis: number;
}

/**
 * Lets all workers send nothing to the service for a while. Each further pause in a row is twice as long, up to the longest; one
 * that the service asked for lasts at least as long as it asked. A longer pause that is under way stays.
 */
export async function pauseService(
  trx: DatabaseTransaction,
  { service, now, askedMillis, firstMillis, maxMillis, memoryMillis }: PauseRequest,
): Promise<void> {
  const at = sql`${now}::timestamptz`;
  const pauses = sql`
    case
      when p.until > ${at} then p.pauses
      when p.until > ${at} - ${memoryMillis}::float8 * interval '1 millisecond' then least(p.pauses + 1, 30)
      else 1
    end`;
  const millis = sql`
    greatest(${askedMillis}::float8, least(${maxMillis}::float8, ${firstMillis}::float8 * power(2, (${pauses}) - 1)))`;
  await sql`
    insert into push_service_pause as p (service, until, pauses)
    values (${service}, ${at} + greatest(${askedMillis}::float8, ${firstMillis}::float8) * interval '1 millisecond', 1)
    on conflict (service) do update set
      pauses = ${pauses}, until = greatest(p.until, ${at} + ${millis} * interval '1 millisecond')`.execute(trx);
}
