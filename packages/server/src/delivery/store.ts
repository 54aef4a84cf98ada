import { sql } from "kysely";
import type { Database } from "../database/connection.ts";
import { deadLetterQueue } from "../jobs/queues.ts";

/** A message in the queue, as it was enqueued. */
export interface QueuedMessage {
  /** The id of its job. */
  readonly id: string;
  /** The name of its job; for a dead letter, of the job that failed. */
  readonly job: string;
  /** The id of the message. */
  readonly messageId: string;
  /** Base64. */
  readonly sealed: string;
}

interface QueuedMessageQuery {
  /** The jobs whose payloads are sealed messages. */
  readonly jobs: readonly string[];
  readonly version: number;
  readonly limit: number;
  readonly exceptIds: readonly string[];
}

/** Jobs whose messages may still be opened: neither done nor moved to the dead letters. */
const waiting = (jobs: readonly string[]) => sql`
  name = any(${[...jobs, deadLetterQueue]}::text[]) and state in ('created', 'retry', 'active')
    and case name when ${deadLetterQueue} then source_name else name end = any(${[...jobs]}::text[])`;

/** The first byte of the sealed value, which is the key's version. */
const sealedBy = sql`get_byte(decode(substr(data->>'sealed', 1, 4), 'base64'), 0)`;

/** The versions of the keys that sealed the messages of the queue. */
export async function listQueuedVersions(db: Database, jobs: readonly string[]): Promise<readonly number[]> {
  const { rows } = await sql<{ version: number }>`
    select distinct ${sealedBy} as version from pgboss.job where ${waiting(jobs)} order by 1`.execute(db);
  return rows.map((row) => row.version);
}

/** Messages of the queue that the key of this version sealed. */
export async function listQueuedMessages(
  db: Database,
  { jobs, version, limit, exceptIds }: QueuedMessageQuery,
): Promise<readonly QueuedMessage[]> {
  const { rows } = await sql<QueuedMessage>`
    select id, case name when ${deadLetterQueue} then source_name else name end as job,
      data->>'id' as "messageId", data->>'sealed' as sealed
    from pgboss.job where ${waiting(jobs)} and ${sealedBy} = ${version}
      and not id = any(${[...exceptIds]}::uuid[]) limit ${limit}`.execute(db);
  return rows;
}

interface QueuedReplacement {
  /** The id of the job. */
  readonly id: string;
  readonly sealed: string;
  readonly resealed: string;
}

/**
 * Compares and sets the values, skips locked jobs, and returns how many it set. A worker that has already read a job continues
 * with the old value.
 */
export async function replaceQueuedMessages(
  db: Database,
  jobs: readonly string[],
  replacements: readonly QueuedReplacement[],
): Promise<number> {
  const ids = replacements.map(({ id }) => id);
  const before = replacements.map(({ sealed }) => sealed);
  const after = replacements.map(({ resealed }) => resealed);
  const { numAffectedRows } = await sql`
    with resealed as (
      select * from unnest(${ids}::uuid[], ${before}::text[], ${after}::text[]) as value(job_id, before, after)
    ),
    free as materialized (
      select job.name as queue, job_id, after from pgboss.job join resealed on id = job_id and data->>'sealed' = before
      where name = any(${[...jobs, deadLetterQueue]}::text[]) for update of job skip locked
    )
    update pgboss.job set data = jsonb_set(data, '{sealed}', to_jsonb(after)) from free
    where name = queue and id = job_id`.execute(db);
  return Number(numAffectedRows ?? 0);
}
