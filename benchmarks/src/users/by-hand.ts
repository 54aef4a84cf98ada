// What the administration of accounts asks PostgreSQL, in statements as a person would write them over one connection.
import type { Client } from "pg";

/** A row of the list, as far as a comparison needs it. */
export interface ListedRow {
  readonly id: string;
  readonly public_id: string;
}

/** The size of a page, and one row that shows whether there is another page. */
export const pageSize = 20;
const limit = pageSize + 1;

const text = "search_text";

/** The newest accounts. */
export async function listNewest(client: Client): Promise<readonly ListedRow[]> {
  const { rows } = await client.query<ListedRow>(`
    select *, created_at::text as position from "user" where deleted_at is null
    order by created_at desc, id desc limit ${limit}`);
  return rows;
}

/** The place of an account in the list. */
export interface Place {
  /** As text, with microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

/** The accounts behind a place. */
export async function listBehind(client: Client, { createdAt, id }: Place): Promise<readonly ListedRow[]> {
  const { rows } = await client.query<ListedRow>(
    `select *, created_at::text as position from "user"
    where deleted_at is null and (created_at, id) < ($1::timestamptz, $2::bigint)
    order by created_at desc, id desc limit ${limit}`,
    [createdAt, id],
  );
  return rows;
}

/** The newest accounts that have a text anywhere: first among the newest 4000, and otherwise by the trigram index. */
export async function search(client: Client, term: string, condition = "true"): Promise<readonly ListedRow[]> {
  const pattern = `%${term.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const { rows: recent } = await client.query<ListedRow>(
    `select *, created_at::text as position
    from (select * from "user" where deleted_at is null order by created_at desc, id desc limit 4000) recent
    where ${text} like lower($1) and ${condition} order by created_at desc, id desc limit ${limit}`,
    [pattern],
  );
  if (recent.length === limit) return recent;
  const { rows } = await client.query<ListedRow>(
    `with listed as (
      select id from (
        select id, created_at from "user" where deleted_at is null and ${text} like lower($1) and ${condition} offset 0
      ) matching order by created_at desc, id desc limit ${limit}
    )
    select "user".*, created_at::text as position from listed join "user" using (id) order by created_at desc, id desc`,
    [pattern],
  );
  return rows;
}

/** The same for a text that has no trigrams: few accounts have characters other than those of addresses, by an index of theirs. */
export function searchSymbols(client: Client, term: string): Promise<readonly ListedRow[]> {
  return search(client, term, `${text} ~ '[^[:alnum:] @._+-]'`);
}

/** An account, its last sign-in, and whether it has a password. */
export async function getUser(client: Client, publicId: string): Promise<void> {
  const { rows } = await client.query<ListedRow>('select * from "user" where public_id = $1', [publicId]);
  await client.query("select max(created_at) as at from session where user_id = $1 and impersonator_id is null", [
    rows[0]?.id,
  ]);
  await client.query("select user_id from password where user_id = $1", [rows[0]?.id]);
}

/** A change of somebody's family name. */
export interface Renaming {
  readonly publicId: string;
  readonly familyName: string;
}

/** Changes an account and records it, in one transaction; then reads it like {@link getUser}. */
export async function renameUser(client: Client, { publicId, familyName }: Renaming): Promise<void> {
  await client.query("begin");
  const { rows } = await client.query<ListedRow & { readonly family_name: string }>(
    'select * from "user" where public_id = $1 and deleted_at is null for no key update',
    [publicId],
  );
  const [before] = rows;
  await client.query("select group_id from group_member where user_id = $1", [before?.id]);
  await client.query(
    'update "user" set family_name = $1, updated_at = now() where id = $2 and deleted_at is null returning *',
    [familyName, before?.id],
  );
  const changes = { familyName: { from: before?.family_name, to: familyName } };
  await client.query(
    `insert into audit_event (at, action, actor_kind, actor_id, account_id, target_kind, target_id, request_id, personal)
    values (now(), 'user.updated', 'user', $1, $1, 'user', $2, 'by-hand', $3)`,
    [publicId, publicId, JSON.stringify({ ip: "127.0.0.1", userAgent: null, changes })],
  );
  await client.query("commit");
  await getUser(client, publicId);
}
