import type { z } from "zod";
import { recordEvents } from "../audit/record.ts";
import type { Principal } from "../auth/session/actor.ts";
import type { DatabaseTransaction } from "../database/connection.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { GatehouseError } from "../errors.ts";
import { readPage } from "../list-page.ts";
import { requireOwn } from "../role/authority.ts";
import { deleteMember, insertMembers, listMemberPage, type MemberRow } from "./member-store.ts";
import type { addMembersInput, listMembersInput, listMembersOutput, memberInput, memberSchema } from "./schema.ts";
import type { GroupDeps } from "./service.ts";
import { findGroup, type GroupRow, lockGroup } from "./store.ts";

/** Lists the members of a group, who was added last first. Throws `NOT_FOUND`, and `INVALID_INPUT` for a foreign cursor. */
export async function listMembers(
  deps: Pick<GroupDeps, "db" | "cursors">,
  { id, ...page }: z.output<typeof listMembersInput>,
): Promise<z.output<typeof listMembersOutput>> {
  const group = await findGroup(deps.db, id);
  if (group === undefined) throw new GatehouseError("NOT_FOUND");
  const { rows, nextCursor } = await readPage(deps, { list: `members:${id}`, ...page }, (bounds) =>
    listMemberPage(deps.db, group.id, bounds),
  );
  return { items: rows.map(toMember), nextCursor };
}

/**
 * Makes a user a member, who has the group's roles at once. Does nothing for a member. Throws `NOT_FOUND` if there is no such
 * group or user, and `FORBIDDEN` if the group's roles allow more than the caller may do.
 */
export async function addMember(
  deps: GroupDeps,
  actor: Principal,
  { id, userId }: z.output<typeof memberInput>,
): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const group = await lockGroupToFill(deps, trx, { actor, id });
    const found = await addTo(deps, trx, { group, userIds: [userId] });
    if (found.length === 0) throw new GatehouseError("NOT_FOUND");
  });
}

/**
 * Makes users members, all or none of them, and returns how many were none before. Throws what {@link addMember} throws, but
 * `INVALID_INPUT` for users that do not exist.
 */
export async function addMembers(
  deps: GroupDeps,
  actor: Principal,
  { id, userIds }: z.output<typeof addMembersInput>,
): Promise<{ added: number }> {
  return await inRetriedTransaction(deps.db, async (trx) => {
    const group = await lockGroupToFill(deps, trx, { actor, id });
    const found = await addTo(deps, trx, { group, userIds });
    const known = new Set(found.map((user) => user.public_id));
    const errors = userIds.flatMap((userId, index) =>
      known.has(userId.toLowerCase()) ? [] : [{ path: `userIds.${index}`, message: "There is no such user" }],
    );
    if (errors.length > 0) throw new GatehouseError("INVALID_INPUT", { errors });
    return { added: found.filter((user) => user.is_new).length };
  });
}

/** Ends a membership, and with it what the group's roles allowed. Throws what {@link addMember} throws. */
export async function removeMember(
  deps: GroupDeps,
  actor: Principal,
  { id, userId }: z.output<typeof memberInput>,
): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    const group = await lockGroupToFill(deps, trx, { actor, id });
    if (!(await deleteMember(trx, { groupId: group.id, userId }))) throw new GatehouseError("NOT_FOUND");
    await recordChange(deps, trx, { action: "group.member_removed", group, userIds: [userId] });
  });
}

/** Locks the group against another set of roles, for which the caller may lack the authority, and against its deletion. */
async function lockGroupToFill(
  deps: GroupDeps,
  trx: DatabaseTransaction,
  { actor, id }: { readonly actor: Principal; readonly id: string },
): Promise<GroupRow> {
  const group = await lockGroup(trx, id, "for share");
  if (group === undefined) throw new GatehouseError("NOT_FOUND");
  await requireOwn(deps, { actor, roles: group.roles, trx });
  return group;
}

interface Members {
  readonly group: GroupRow;
  /** Public ids. */
  readonly userIds: readonly string[];
}

async function addTo(deps: GroupDeps, trx: DatabaseTransaction, { group, userIds }: Members) {
  const found = await insertMembers(trx, { groupId: group.id, userIds, now: deps.clock.now() });
  const added = found.filter((user) => user.is_new).map((user) => user.public_id);
  await recordChange(deps, trx, { action: "group.member_added", group, userIds: added });
  return found;
}

/** The event is about the user, whose rights changed. */
async function recordChange(
  deps: GroupDeps,
  trx: DatabaseTransaction,
  { action, group, userIds }: Members & { readonly action: "group.member_added" | "group.member_removed" },
): Promise<void> {
  const details = { groupId: group.public_id, group: group.name };
  await recordEvents(deps, trx, { action, kind: "user", targetIds: userIds, details });
}

function toMember({ public_id, email, username, added_at }: MemberRow): z.output<typeof memberSchema> {
  return { userId: public_id, email, username, addedAt: added_at };
}
