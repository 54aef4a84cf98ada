import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { GatehouseError } from "../errors.ts";
import type { EventDeps } from "../webhook/publish.ts";
import { type MetadataSchemas, parseMetadata } from "./metadata/parse.ts";
import type { Metadata } from "./metadata/schema.ts";
import type { updateUserInput } from "./schema.ts";
import { mapUniqueViolation, publishChange, toUser, type User } from "./service.ts";
import { changeUser, findUser, lockUser, type UserRow } from "./store.ts";
import { type UsernameDeps, usernameColumns } from "./username.ts";

/** What a change of a profile needs. */
export interface UpdateDeps extends AuditDeps, Omit<EventDeps, "config"> {
  readonly db: Database;
  readonly config: EventDeps["config"] & UsernameDeps["config"];
  readonly metadata: MetadataSchemas;
}

/** The changes of a profile: a missing field keeps its value, and null clears it. */
interface ProfileChanges extends z.output<typeof updateUserInput> {
  /** Replaced as a whole, by operators and the app's own code: its user neither sees nor changes it. */
  readonly privateMetadata?: Metadata | undefined;
}

/** Changes the given fields of a user. Throws what {@link changeProfile} throws, and `NOT_FOUND` if the user was deleted meanwhile. */
export async function updateUser(deps: UpdateDeps, id: string, changes: ProfileChanges): Promise<User> {
  return toUser(await changeProfile(deps, changes, (trx) => lockUser(trx, id)), deps.config);
}

/**
 * Changes the given fields of the user whom `lock` finds, records it and publishes what others can see of it. Throws
 * `USERNAME_TAKEN`, `USERNAME_RESERVED`, `INVALID_INPUT` for metadata that the app's schema refuses, and `NOT_FOUND` for nobody.
 */
export async function changeProfile(
  deps: UpdateDeps,
  changes: ProfileChanges,
  lock: (trx: DatabaseTransaction) => Promise<UserRow | undefined>,
): Promise<UserRow> {
  const columns = { ...profileColumns(deps, changes), ...(await metadataColumns(deps, changes)) };
  return await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const before = await lock(trx);
      const after = before && (await changeUser(trx, before.id, { ...columns, updated_at: deps.clock.now() }));
      if (before === undefined || after === undefined) throw new GatehouseError("NOT_FOUND");
      await recordUpdate(deps, trx, { before, after });
      await publishChange(deps, trx, { before, after });
      return after;
    }),
  );
}

/**
 * Clears the profile of a locked user, except the locale, which chooses the language of mails and text messages, and the private
 * metadata, which its user did not write. Records it if there was anything.
 */
export async function clearProfile(deps: AuditDeps, trx: DatabaseTransaction, id: string): Promise<void> {
  const noName = { username: null, username_canonical: null, username_skeleton: null };
  const nothing = { given_name: null, family_name: null, birth_date: null, time_zone: null, public_metadata: null };
  const before = await findUser(trx, id);
  const after = await changeUser(trx, id, { ...noName, ...nothing, updated_at: deps.clock.now() });
  if (before !== undefined && after !== undefined) await recordUpdate(deps, trx, { before, after });
}

function profileColumns(
  deps: UsernameDeps,
  { username, givenName, familyName, birthDate, locale, timeZone }: ProfileChanges,
) {
  return {
    ...(username === undefined ? {} : usernameColumns(deps, username)),
    ...(givenName === undefined ? {} : { given_name: givenName }),
    ...(familyName === undefined ? {} : { family_name: familyName }),
    ...(birthDate === undefined ? {} : { birth_date: birthDate }),
    ...(locale === undefined ? {} : { locale }),
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
  };
}

async function metadataColumns(deps: UpdateDeps, { publicMetadata, privateMetadata }: ProfileChanges) {
  const open = publicMetadata && (await parseMetadata(deps, "public", publicMetadata));
  const secret = privateMetadata && (await parseMetadata(deps, "private", privateMetadata));
  return {
    ...(open === undefined ? {} : { public_metadata: JSON.stringify(open) }),
    ...(secret === undefined ? {} : { private_metadata: JSON.stringify(secret) }),
  };
}

interface Update {
  readonly before: UserRow;
  readonly after: UserRow;
}

/** Records which fields changed, if any did. Of metadata it names the object alone: its values are the app's, and may be secret. */
async function recordUpdate(deps: AuditDeps, trx: DatabaseTransaction, { before, after }: Update): Promise<void> {
  const changes = differences(profileOf(before), profileOf(after));
  const replaced = replacedMetadata({ before, after });
  if (Object.keys(changes).length === 0 && replaced.length === 0) return;
  const details = replaced.length === 0 ? {} : { details: { replaced } };
  await recordEvent(deps, trx, {
    action: "user.updated",
    kind: "user",
    targetId: after.public_id,
    changes,
    ...details,
  });
}

function profileOf({
  username,
  given_name: givenName,
  family_name: familyName,
  birth_date: birthDate,
  locale,
  time_zone: timeZone,
}: UserRow) {
  return { username, givenName, familyName, birthDate, locale, timeZone };
}

/** The profile fields that differ, as the audit log has them. */
function differences(before: ReturnType<typeof profileOf>, after: ReturnType<typeof profileOf>) {
  const fields = ["username", "givenName", "familyName", "birthDate", "locale", "timeZone"] as const;
  const changed = fields.filter((field) => before[field] !== after[field]);
  return Object.fromEntries(changed.map((field) => [field, { from: before[field], to: after[field] }]));
}

function replacedMetadata({ before, after }: Update): readonly string[] {
  const columns = { publicMetadata: "public_metadata", privateMetadata: "private_metadata" } as const;
  const changed = Object.entries(columns).filter(
    ([, column]) => !isDeepStrictEqual(before[column] ?? {}, after[column] ?? {}),
  );
  return changed.map(([name]) => name);
}
