import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import type { PictureTable } from "../../database/tables.gen.ts";

type Storage = PictureTable["storage"];

/** A picture whose upload begins. */
interface NewPicture {
  readonly id: string;
  readonly userId: string;
  readonly storage: Storage;
  readonly createdAt: Date;
  /** When the picture is deleted, unless it is shown by then. */
  readonly deleteAfter: Date;
}

/** Adds a picture that nobody sees yet. */
export async function insertPicture(db: Database, picture: NewPicture): Promise<void> {
  const { id, userId, storage, createdAt, deleteAfter } = picture;
  await db
    .insertInto("picture")
    .values({ id, user_id: userId, storage, created_at: createdAt, delete_after: deleteAfter })
    .execute();
}

/** Keeps an uploaded picture from being deleted. Returns `false` if it was deleted already. */
export async function keepPicture(trx: DatabaseTransaction, id: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("picture")
    .set({ delete_after: null })
    .where("id", "=", id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Lets the pictures that the user showed be deleted, except one. Pictures that are being uploaded are left alone. */
export async function releasePictures(
  trx: DatabaseTransaction,
  { userId, except, now }: { readonly userId: string; readonly except: string | undefined; readonly now: Date },
): Promise<void> {
  const shown = trx
    .updateTable("picture")
    .set({ delete_after: now })
    .where("user_id", "=", userId)
    .where("delete_after", "is", null);
  await (except === undefined ? shown : shown.where("id", "<>", except)).execute();
}

/** A picture as it is shown. */
interface ShownPicture {
  readonly id: string;
  readonly storage: Storage;
  readonly hash: string;
}

/** Finds the picture of an active user, by their public id. */
export async function findShownPicture(db: Database, publicId: string): Promise<ShownPicture | undefined> {
  const row = await db
    .selectFrom("user")
    .innerJoin("picture", "picture.id", "user.avatar_id")
    .select(["picture.id", "picture.storage", "user.avatar_hash"])
    .where("user.public_id", "=", publicId)
    .where("user.status", "=", "active")
    .where("user.deleted_at", "is", null)
    .executeTakeFirst();
  if (row === undefined || row.avatar_hash === null) return undefined;
  return { id: row.id, storage: row.storage, hash: row.avatar_hash };
}

/** Lists pictures that nobody sees any more, and those of erased accounts. */
export async function listDuePictures(
  db: Database,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<readonly { readonly id: string; readonly storage: Storage }[]> {
  return await db
    .selectFrom("picture")
    .select(["id", "storage"])
    .where((eb) => eb.or([eb("delete_after", "<=", now), eb("user_id", "is", null)]))
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Deletes the row of a picture whose files are deleted. */
export async function deletePicture(db: Database, id: string): Promise<void> {
  await db.deleteFrom("picture").where("id", "=", id).execute();
}
