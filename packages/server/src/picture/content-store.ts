import type { Database } from "../database/connection.ts";
import { type PictureSize, pictureSizes } from "./picture.ts";
import type { PictureStorage } from "./picture-storage.ts";

/** Creates the storage of pictures in the database. The row of the picture must be there before its files. */
export function createDatabaseStorage(db: Database): PictureStorage {
  return {
    async put(id, picture) {
      const values = pictureSizes.map((size) => ({ picture_id: id, size, content: picture[size] }));
      await db.insertInto("picture_content").values(values).execute();
    },
    get: (id, size) => findContent(db, { id, size }),
    async delete(id) {
      await db.deleteFrom("picture_content").where("picture_id", "=", id).execute();
    },
  };
}

async function findContent(
  db: Database,
  { id, size }: { readonly id: string; readonly size: PictureSize },
): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("picture_content")
    .select("content")
    .where("picture_id", "=", id)
    .where("size", "=", size)
    .executeTakeFirst();
  return row?.content;
}
