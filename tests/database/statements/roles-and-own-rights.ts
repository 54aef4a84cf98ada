import * as sessions from "../../../packages/server/src/auth/session/store.ts";
import * as groupMembers from "../../../packages/server/src/group/member-store.ts";
import * as groups from "../../../packages/server/src/group/store.ts";
import * as roles from "../../../packages/server/src/role/store.ts";
import * as deletions from "../../../packages/server/src/user/deletion/store.ts";
import * as exportContents from "../../../packages/server/src/user/export/content-store.ts";
import * as exports from "../../../packages/server/src/user/export/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { digest, now, page, userId, uuid } from "./samples.ts";

const newRole = { name: "clerk", description: "", permissions: [], created_at: now, updated_at: now };

const content = { userId, userPublicId: uuid, after: "0", limit: 500 };

const roleCalls: CallsOf<typeof roles> = {
  listRolePermissions: (trx) => roles.listRolePermissions(trx),
  listRolePage: (trx) => roles.listRolePage(trx, page),
  insertRole: (trx) => roles.insertRole(trx, newRole),
  lockRole: (trx) => roles.lockRole(trx, "support"),
  lockRoleNames: (trx) => roles.lockRoleNames(trx, ["support"]),
  changeRole: (trx) => roles.changeRole(trx, "2", { permissions: [] }),
  deleteRole: (trx) => roles.deleteRole(trx, "2"),
};

const groupCalls: CallsOf<typeof groups> = {
  listGroupPage: (trx) => groups.listGroupPage(trx, page),
  findGroup: (trx) => groups.findGroup(trx, uuid),
  listGroupRoles: (trx) => groups.listGroupRoles(trx, ["1", "2"]),
  isRoleCarried: (trx) => groups.isRoleCarried(trx, "support"),
  insertGroup: (trx) =>
    groups.insertGroup(trx, {
      public_id: uuid,
      name: "clerks",
      description: "",
      roles: [],
      created_at: now,
      updated_at: now,
    }),
  lockGroup: async (trx) => {
    await groups.lockGroup(trx, uuid, "for share");
    await groups.lockGroup(trx, uuid, "for update");
  },
  changeGroup: (trx) => groups.changeGroup(trx, "1", { description: "other" }),
  deleteGroup: (trx) => groups.deleteGroup(trx, "1"),
};

const groupMemberCalls: CallsOf<typeof groupMembers> = {
  // Only a part of a statement, such as this one.
  listGroupIdsOfUser: (trx) => sessions.findLiveSession(trx, uuid, now),
  listGroupIds: (trx) => groupMembers.listGroupIds(trx, userId),
  listMemberPage: (trx) => groupMembers.listMemberPage(trx, "1", page),
  insertMembers: (trx) => groupMembers.insertMembers(trx, { groupId: "2", userIds: [uuid], now }),
  deleteMember: (trx) => groupMembers.deleteMember(trx, { groupId: "1", userId: uuid }),
};

const deletionCalls: CallsOf<typeof deletions> = {
  putDeletion: (trx) => deletions.putDeletion(trx, { user_id: userId, deleted_at: now, digest, redirect_to: null }),
  undoDeletion: (trx) => deletions.undoDeletion(trx, { digest, after: new Date(0), now }),
  takeDeletion: (trx) => deletions.takeDeletion(trx, userId),
  listDeletedUsers: async (trx) => {
    await deletions.listDeletedUsers(trx, { before: now, limit: 100 });
    const after = { id: "5", deleted_at: now.toISOString() };
    await deletions.listDeletedUsers(trx, { before: now, after, limit: 100 });
  },
  async listUnusedAnonymous(trx) {
    await deletions.listUnusedAnonymous(trx, { before: now, limit: 100 });
    const after = { id: "50000", anonymous_since: now.toISOString() };
    await deletions.listUnusedAnonymous(trx, { before: now, after, limit: 100 });
  },
  lockUnusedAnonymous: (trx) => deletions.lockUnusedAnonymous(trx, userId, now),
  lockDeletedUser: (trx) => deletions.lockDeletedUser(trx, userId, now),
  deleteUser: (trx) => deletions.deleteUser(trx, userId),
};

const exportCalls: CallsOf<typeof exports> = {
  insertExport: (trx) =>
    exports.insertExport(trx, { public_id: uuid, user_id: userId, requested_at: now, expires_at: now }),
  findOpenExport: (trx) => exports.findOpenExport(trx, uuid),
  deleteParts: (trx) => exports.deleteParts(trx, "5"),
  insertPart: (trx) => exports.insertPart(trx, { id: "part", export_id: "5", position: 1, sealed: digest }),
  findPart: (trx) => exports.findPart(trx, "5", 0),
  completeExport: (trx) => exports.completeExport(trx, { id: "5", digest, completed_at: now, expires_at: now }),
  takeExport: (trx) => exports.takeExport(trx, digest, now),
  deleteExport: (trx) => exports.deleteExport(trx, "5"),
  deleteExportsOf: (trx) => exports.deleteExportsOf(trx, userId),
  deleteMailedExportsOf: (trx) => exports.deleteMailedExportsOf(trx, userId),
  deleteExpiredExports: (trx) => exports.deleteExpiredExports(trx, new Date(0)),
};

const exportContentCalls: CallsOf<typeof exportContents> = {
  findAccount: (trx) => exportContents.findAccount(trx, userId),
  findAuthenticatorTimes: (trx) => exportContents.findAuthenticatorTimes(trx, userId),
  findPasswordTimes: (trx) => exportContents.findPasswordTimes(trx, userId),
  findPictureContent: (trx) => exportContents.findPictureContent(trx, userId),
  listSessionContent: (trx) => exportContents.listSessionContent(trx, content),
  listDeviceContent: (trx) => exportContents.listDeviceContent(trx, content),
  listApiKeyContent: (trx) => exportContents.listApiKeyContent(trx, content),
  listRecoveryCodeContent: (trx) => exportContents.listRecoveryCodeContent(trx, content),
  listRecoveryContent: (trx) => exportContents.listRecoveryContent(trx, content),
  listChallengeContent: (trx) => exportContents.listChallengeContent(trx, content),
  listPasskeyContent: (trx) => exportContents.listPasskeyContent(trx, content),
  listIdentityContent: (trx) => exportContents.listIdentityContent(trx, content),
  listLinkContent: (trx) => exportContents.listLinkContent(trx, content),
  listGroupContent: (trx) => exportContents.listGroupContent(trx, content),
  listExportContent: (trx) => exportContents.listExportContent(trx, content),
  listEventsBy: (trx) => exportContents.listEventsBy(trx, content),
  listEventsAbout: (trx) => exportContents.listEventsAbout(trx, content),
};

/** The calls of each function of these stores, by the file. */
export const rolesAndOwnRightsStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "role/store.ts": roleCalls,
  "group/store.ts": groupCalls,
  "group/member-store.ts": groupMemberCalls,
  "user/deletion/store.ts": deletionCalls,
  "user/export/store.ts": exportCalls,
  "user/export/content-store.ts": exportContentCalls,
};
