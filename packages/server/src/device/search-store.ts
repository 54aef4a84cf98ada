import { type RawBuilder, sql } from "kysely";
import type { Database } from "../database/connection.ts";
import type { PageBounds } from "../list-page.ts";
import { comparableVersion } from "./app-version.ts";
import type { DeviceRow } from "./store.ts";

/** Which devices are searched for; `undefined` for any. */
export interface DeviceFilter {
  /** A UUID: a public id or an installation id. */
  readonly id: string | undefined;
  /** A part of the name, model or installation id. */
  readonly text: string | undefined;
  /** The public id. */
  readonly userId: string | undefined;
  readonly platform: DeviceRow["platform"] | undefined;
  readonly pushService: NonNullable<DeviceRow["push_service"]> | undefined;
  /** As `appVersionNumbers` returns them. */
  readonly minAppVersion: readonly string[] | undefined;
  readonly maxAppVersion: readonly string[] | undefined;
  /** A language tag, which finds those that begin with it. */
  readonly locale: string | undefined;
  readonly active: boolean | undefined;
  readonly muted: boolean | undefined;
  readonly lastSeenFrom: Date | undefined;
  /** The first moment that is too late. */
  readonly lastSeenTo: Date | undefined;
}

/** A device, and the public id of its user. */
export type FoundDevice = DeviceRow & { readonly user_public_id: string | null };

/**
 * How many devices one search looks through, the newest first. It takes as long for a filter that matches nothing as for any
 * other, and no index has to be kept for it.
 */
const windowSize = 20_000;

/** Lists the devices that match among the next thousands, the newest first; {@link findEndOfWindow} says whether there are more. */
export async function searchDeviceRows(
  db: Database,
  filter: DeviceFilter,
  page: PageBounds,
): Promise<readonly FoundDevice[]> {
  const { rows } = await sql<FoundDevice>`
    with found as materialized (
      select * from (
        select * from device where ${placeConditions(filter, page)} order by id desc limit ${sql.lit(windowSize)}
      ) as device
      where ${matchConditions(filter)} order by id desc limit ${page.limit}
    )
    select found.*, (select public_id from "user" where "user".id = found.user_id) as user_public_id
    from found order by id desc`.execute(db);
  return rows;
}

/** Returns the internal id of the last device that such a search looks at; `undefined` if there are no more behind it. */
export async function findEndOfWindow(
  db: Database,
  filter: DeviceFilter,
  page: PageBounds,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select id from device where ${placeConditions(filter, page)} order by id desc limit 1 offset ${sql.lit(windowSize - 1)}`.execute(
    db,
  );
  return rows[0]?.id;
}

/**
 * The numbers of the version of an app, as `appVersionNumbers` has them; null for what is no numbers, so that it matches no
 * comparison.
 */
function versionNumbers(version: RawBuilder<string | null>): RawBuilder<string[] | null> {
  return sql`(
    case when ${version} ~ ${sql.lit(comparableVersion.source)}
      then string_to_array(regexp_replace(${version}, '(?:[.]0+)+$', ''), '.')::bigint[] end
  )`;
}

/** What an index finds. */
function placeConditions({ id, userId }: DeviceFilter, { below }: PageBounds): RawBuilder<unknown> {
  return all([
    sql`id < ${below}::bigint`,
    ...(id === undefined ? [] : [sql`(public_id = ${id}::uuid or installation_id = ${id})`]),
    ...(userId === undefined ? [] : [sql`user_id = (select id from "user" where public_id = ${userId}::uuid)`]),
  ]);
}

function matchConditions(filter: DeviceFilter): RawBuilder<unknown> {
  const { text, platform, pushService, locale, active, muted, lastSeenFrom, lastSeenTo } = filter;
  return all([
    sql`true`,
    ...(text === undefined ? [] : [textCondition(text)]),
    ...(platform === undefined ? [] : [sql`platform = ${platform}`]),
    ...(pushService === undefined ? [] : [sql`push_service = ${pushService}`]),
    ...versionConditions(filter),
    ...(locale === undefined ? [] : [sql`(locale = ${locale} or locale like ${`${locale}-%`})`]),
    ...(active === undefined ? [] : [sql`active = ${active}`]),
    ...(muted === undefined ? [] : [sql`muted = ${muted}`]),
    ...(lastSeenFrom === undefined ? [] : [sql`last_seen_at >= ${lastSeenFrom}`]),
    ...(lastSeenTo === undefined ? [] : [sql`last_seen_at < ${lastSeenTo}`]),
  ]);
}

function versionConditions({ minAppVersion, maxAppVersion }: DeviceFilter): readonly RawBuilder<unknown>[] {
  const version = versionNumbers(sql`app_version`);
  return [
    ...(minAppVersion === undefined ? [] : [sql`${version} >= ${[...minAppVersion]}::bigint[]`]),
    ...(maxAppVersion === undefined ? [] : [sql`${version} <= ${[...maxAppVersion]}::bigint[]`]),
  ];
}

function textCondition(text: string): RawBuilder<unknown> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`lower(concat_ws(' ', name, model, installation_id)) like lower(${pattern})`;
}

function all(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join(conditions, sql` and `);
}
