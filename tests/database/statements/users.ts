import * as pictureContents from "../../../packages/server/src/picture/content-store.ts";
import * as userLists from "../../../packages/server/src/user/administration/list-store.ts";
import * as managedUsers from "../../../packages/server/src/user/administration/store.ts";
import * as avatars from "../../../packages/server/src/user/avatar/store.ts";
import * as bulks from "../../../packages/server/src/user/bulk/store.ts";
import * as imports from "../../../packages/server/src/user/import/store.ts";
import * as users from "../../../packages/server/src/user/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { digest, email, newUser, now, userId, uuid } from "./samples.ts";

/** md5 of 50000. */
const pictureId = "1017bfd4-6739-55ff-ee46-41ad3d481b1c";

const importedUser = {
  ...newUser,
  username: "other",
  username_canonical: "other",
  username_skeleton: "other",
  given_name: undefined,
  family_name: undefined,
  birth_date: undefined,
  time_zone: undefined,
  phone: "+4930123456",
  email_verified_at: undefined,
  phone_verified_at: now.toISOString(),
  created_at: now.toISOString(),
  hash: "hash",
};

const orders = ["createdAt", "-createdAt", "email", "-email"] as const;

/** Each filter in each order, on the first page and on a later one. */
async function listInEachOrder(
  list: (filter: userLists.UserFilter, page: userLists.UserPage) => Promise<unknown>,
  filters: readonly Partial<userLists.UserFilter>[],
): Promise<void> {
  const all = { term: undefined, role: undefined, state: undefined, emailVerified: undefined, anonymous: undefined };
  const always = { createdFrom: undefined, createdTo: undefined };
  for (const filter of filters) {
    for (const order of orders) {
      const value = order.endsWith("email") ? email : now.toISOString();
      for (const after of [undefined, { value, id: "50000" }])
        await list({ ...all, ...always, ...filter }, { order, after, limit: 21 });
    }
  }
}

const filtersInOrder = [
  {},
  { state: "active" },
  { state: "disabled" },
  { state: "deleted" },
  { createdFrom: now, createdTo: now },
  { emailVerified: false },
  { anonymous: false },
  { term: { kind: "common", pattern: "%@%" } },
] as const;

const filtersOfFew = [
  { term: { kind: "trigrams", pattern: "%user50000%" } },
  { term: { kind: "trigrams", pattern: "% zu%" } },
  { term: { kind: "trigrams", pattern: "%user50000%" }, state: "disabled" },
  { term: { kind: "symbols", pattern: "%#%" } },
  { term: { kind: "id", id: uuid } },
  { role: "support" },
  { anonymous: true },
  { role: "support", term: { kind: "trigrams", pattern: "%user50000%" } },
] as const;

const newOperation = {
  public_id: uuid,
  action: "disable",
  call: "{}",
  status: "waiting",
  total: 0,
  created_at: now,
} as const;

const userCalls: CallsOf<typeof users> = {
  insertUser: (trx) => users.insertUser(trx, newUser),
  findUserByEmail: (trx) => users.findUserByEmail(trx, email),
  findUserByUsername: (trx) => users.findUserByUsername(trx, "user50000"),
  emailExists: (trx) => users.emailExists(trx, email),
  usernameExists: (trx) => users.usernameExists(trx, { canonical: "user50000", skeleton: "user50000" }),
  findPublicId: (trx) => users.findPublicId(trx, userId),
  findUserIds: (trx) => users.findUserIds(trx, uuid),
  publicIdExists: (trx) => users.publicIdExists(trx, uuid),
  findUser: (trx) => users.findUser(trx, userId),
  lockActiveUser: (trx) => users.lockActiveUser(trx, userId),
  lockActiveUserRow: (trx) => users.lockActiveUserRow(trx, userId),
  lockUser: (trx) => users.lockUser(trx, userId),
  changeUser: (trx) => users.changeUser(trx, userId, { locale: "es" }),
  isRoleHeld: (trx) => users.isRoleHeld(trx, "support"),
  lockUserByPublicId: (trx) => users.lockUserByPublicId(trx, uuid),
};

const managedUserCalls: CallsOf<typeof managedUsers> = {
  lockImpersonationRights: (trx) => managedUsers.lockImpersonationRights(trx),
  findAnyUser: (trx) => managedUsers.findAnyUser(trx, uuid),
  async findNamedUser(trx) {
    await managedUsers.findNamedUser(trx, { kind: "email", value: email });
    await managedUsers.findNamedUser(trx, { kind: "username", value: "user50000" });
    await managedUsers.findNamedUser(trx, { kind: "phone", value: "+49100050000" });
  },
  lockDeletedUser: (trx) => managedUsers.lockDeletedUser(trx, uuid),
  restoreDeletedUser: (trx) => managedUsers.restoreDeletedUser(trx, userId, now),
};

const userListCalls: CallsOf<typeof userLists> = {
  listUsersInOrder: (trx) =>
    listInEachOrder((filter, part) => userLists.listUsersInOrder(trx, filter, part), filtersInOrder),
  listUsersInWindow: (trx) =>
    listInEachOrder((filter, part) => userLists.listUsersInWindow(trx, filter, part), filtersOfFew),
  listMatchingUsers: (trx) =>
    listInEachOrder((filter, part) => userLists.listMatchingUsers(trx, filter, part), filtersOfFew),
  // Only a part of a statement.
  userConditions: async () => undefined,
  findLastSignIn: (trx) => userLists.findLastSignIn(trx, userId),
};

const bulkCalls: CallsOf<typeof bulks> = {
  insertOperation: (trx) => bulks.insertOperation(trx, newOperation),
  insertNamedTargets: (trx) => bulks.insertNamedTargets(trx, "2000", [uuid]),
  insertFilteredTargets: async (trx) =>
    bulks.insertFilteredTargets(trx, await bulks.insertOperation(trx, newOperation), {
      term: { kind: "trigrams", pattern: "%user50000%" },
      role: undefined,
      state: undefined,
      createdFrom: undefined,
      createdTo: undefined,
      emailVerified: undefined,
      anonymous: undefined,
    }),
  findOperation: (trx) => bulks.findOperation(trx, uuid),
  lockOperation: (trx) => bulks.lockOperation(trx, uuid),
  startOperation: (trx) => bulks.startOperation(trx, "1", 1),
  takeTarget: (trx) => bulks.takeTarget(trx, "1"),
  countTarget: (trx) => bulks.countTarget(trx, "1", "done"),
  deleteFinishedOperations: (trx) => bulks.deleteFinishedOperations(trx, new Date(0)),
  finishOperation: (trx) => bulks.finishOperation(trx, "500", { status: "done", stopReason: null, now }),
};

const importCalls: CallsOf<typeof imports> = {
  addUsers: (trx) => imports.addUsers(trx, [importedUser], now),
  removeUsers: (trx) => imports.removeUsers(trx, [uuid]),
  createTrial: (trx) => imports.createTrial(trx),
  tryUsers: async (trx) => {
    await imports.createTrial(trx);
    await imports.tryUsers(trx, [importedUser], now);
  },
  removeTrialUsers: async (trx) => {
    await imports.createTrial(trx);
    await imports.removeTrialUsers(trx, [uuid]);
  },
  findClashes: (trx) => imports.findClashes(trx, [importedUser]),
  findTrialClashes: async (trx) => {
    await imports.createTrial(trx);
    await imports.findTrialClashes(trx, [importedUser]);
  },
  openImportState: (trx) => imports.openImportState(trx, digest, now),
  forgetImportState: (trx) => imports.forgetImportState(trx, digest),
  holdImportState: (trx) => imports.holdImportState(trx, digest, imports.importStart),
  waitForOtherBatches: (trx) => imports.waitForOtherBatches(trx),
  moveImportState: (trx) => imports.moveImportState(trx, digest, { ...imports.importStart, updatedAt: now }),
};

const pictureContentCalls: CallsOf<typeof pictureContents> = {
  async createDatabaseStorage(trx) {
    const storage = pictureContents.createDatabaseStorage(trx);
    await storage.get(pictureId, 256);
    await storage.delete(pictureId);
    await storage.put(pictureId, { 256: digest, 64: digest });
  },
};

const avatarCalls: CallsOf<typeof avatars> = {
  insertPicture: (trx) =>
    avatars.insertPicture(trx, { id: uuid, userId, storage: "database", createdAt: now, deleteAfter: now }),
  keepPicture: (trx) => avatars.keepPicture(trx, pictureId),
  async releasePictures(trx) {
    await avatars.releasePictures(trx, { userId, except: undefined, now });
    await avatars.releasePictures(trx, { userId, except: uuid, now });
  },
  findShownPicture: (trx) => avatars.findShownPicture(trx, uuid),
  listDuePictures: (trx) => avatars.listDuePictures(trx, { now, limit: 100 }),
  deletePicture: (trx) => avatars.deletePicture(trx, pictureId),
};

/** The calls of each function of these stores, by the file. */
export const usersStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "user/store.ts": userCalls,
  "user/administration/store.ts": managedUserCalls,
  "user/administration/list-store.ts": userListCalls,
  "user/bulk/store.ts": bulkCalls,
  "user/import/store.ts": importCalls,
  "picture/content-store.ts": pictureContentCalls,
  "user/avatar/store.ts": avatarCalls,
};
