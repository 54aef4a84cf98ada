import type { z } from "zod";
import type { AuditDeps } from "../audit/call.ts";
import { recordEvent } from "../audit/record.ts";
import type { Principal } from "../auth/session/actor.ts";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { RandomSource } from "../crypto/random.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../database/connection.ts";
import { violatedUniqueConstraint } from "../database/constraint.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import { type AuthorityDeps, requireOwn } from "../role/authority.ts";
import { rolesToGive } from "../role/service.ts";
import type { createGroupInput, groupSchema, listGroupsInput, listGroupsOutput, updateGroupInput } from "./schema.ts";
import { changeGroup, deleteGroup, findGroup, type GroupRow, insertGroup, listGroupPage, lockGroup } from "./store.ts";

/** What groups need. */
export interface GroupDeps extends AuditDeps, AuthorityDeps {
  readonly db: Database;
  readonly random: RandomSource;
  readonly cursors: CursorCodec;
}

type Group = z.output<typeof groupSchema>;

/** Lists the groups, the newest first. Throws `INVALID_INPUT` for a cursor of another list. */
export async function listGroups(
  deps: Pick<GroupDeps, "db" | "cursors">,
  page: z.output<typeof listGroupsInput>,
): Promise<z.output<typeof listGroupsOutput>> {
  const { rows, nextCursor } = await readPage(deps, { list: "groups", ...page }, (bounds) =>
    listGroupPage(deps.db, bounds),
  );
  return { items: rows.map(toGroup), nextCursor };
}

/** Reads a group. Throws `NOT_FOUND`. */
export async function getGroup({ db }: Pick<GroupDeps, "db">, id: string): Promise<Group> {
  const group = await findGroup(db, id);
  if (group === undefined) throw new GatehouseError("NOT_FOUND");
  return toGroup(group);
}

/**
 * Creates a group. Throws `GROUP_EXISTS`, `INVALID_INPUT` for a role that does not exist, and `FORBIDDEN` for roles that allow
 * more than the caller may do.
 */
export async function createGroup(
  deps: GroupDeps,
  actor: Principal,
  { name, description, roles }: z.output<typeof createGroupInput>,
): Promise<Group> {
  const now = deps.clock.now();
  return await mapTakenName(() =>
    inTransaction(deps.db, async (trx) => {
      const given = await rolesToGive(trx, roles);
      await requireOwn(deps, { actor, roles: given, trx });
      const values = { public_id: deps.random.uuid(), name, description, roles: given };
      const group = await insertGroup(trx, { ...values, created_at: now, updated_at: now });
      const changes = { name: { from: null, to: name }, roles: { from: [], to: given } };
      await recordEvent(deps, trx, { action: "group.created", kind: "group", targetId: group.public_id, changes });
      return toGroup(group);
    }),
  );
}

/**
 * Changes a group, and with its roles what its members may do, at once on every instance. Throws `NOT_FOUND`, and what
 * {@link createGroup} throws; `FORBIDDEN` also if the roles that it had allow more than the caller may do.
 */
export async function updateGroup(
  deps: GroupDeps,
  actor: Principal,
  { id, roles, ...texts }: z.output<typeof updateGroupInput>,
): Promise<Group> {
  return await mapTakenName(() =>
    inRetriedTransaction(deps.db, async (trx) => {
      // Before the group, as a role that is deleted is locked before it looks at groups.
      const given = roles && (await rolesToGive(trx, roles));
      const before = await lockChangeable(deps, trx, { actor, id });
      if (given !== undefined) await requireOwn(deps, { actor, roles: given, trx });
      const after = await changeGroup(trx, before.id, {
        ...(texts.name === undefined ? {} : { name: texts.name }),
        ...(texts.description === undefined ? {} : { description: texts.description }),
        ...(given === undefined ? {} : { roles: given }),
        updated_at: deps.clock.now(),
      });
      deps.rolePermissions.markChanged();
      const changes = differences(before, after);
      await recordEvent(deps, trx, { action: "group.updated", kind: "group", targetId: id, changes });
      return toGroup(after);
    }),
  );
}

/** Deletes a group; its members lose its roles at once. Throws `NOT_FOUND` and `FORBIDDEN` like {@link updateGroup}. */
export async function removeGroup(deps: GroupDeps, actor: Principal, id: string): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const group = await lockChangeable(deps, trx, { actor, id });
    await deleteGroup(trx, group.id);
    deps.rolePermissions.markChanged();
    const changes = { name: { from: group.name, to: null }, roles: { from: group.roles, to: [] } };
    await recordEvent(deps, trx, { action: "group.deleted", kind: "group", targetId: id, changes });
  });
}

async function lockChangeable(
  deps: AuthorityDeps,
  trx: DatabaseTransaction,
  { actor, id }: { readonly actor: Principal; readonly id: string },
): Promise<GroupRow> {
  const group = await lockGroup(trx, id, "for update");
  if (group === undefined) throw new GatehouseError("NOT_FOUND");
  await requireOwn(deps, { actor, roles: group.roles, trx });
  return group;
}

function differences(before: GroupRow, after: GroupRow) {
  return {
    ...(before.name === after.name ? {} : { name: { from: before.name, to: after.name } }),
    ...(before.description === after.description
      ? {}
      : { description: { from: before.description, to: after.description } }),
    ...(before.roles.join() === after.roles.join() ? {} : { roles: { from: before.roles, to: after.roles } }),
  };
}

async function mapTakenName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (violatedUniqueConstraint(cause) === "group_name_key") throw new GatehouseError("GROUP_EXISTS", { cause });
    throw cause;
  }
}

function toGroup({ public_id: id, name, description, roles, created_at, updated_at }: GroupRow): Group {
  return { id, name, description, roles, createdAt: created_at, updatedAt: updated_at };
}
