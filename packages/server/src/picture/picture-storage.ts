import type { Picture, PictureSize } from "./picture.ts";

/** The places where the files of pictures can be. */
export type StorageKind = "database" | "s3";

/** Keeps the files of pictures. An id is used for one picture, which never changes. */
export interface PictureStorage {
  put(id: string, picture: Picture): Promise<void>;
  /** Returns the WebP; `undefined` if the storage does not have it. */
  get(id: string, size: PictureSize): Promise<Uint8Array | undefined>;
  /** Deletes the files, if they are there. */
  delete(id: string): Promise<void>;
}
