import type { Config } from "../config.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { createDatabaseStorage } from "./content-store.ts";
import type { PictureEncoder } from "./picture-encoder.ts";
import type { PictureStorage, StorageKind } from "./picture-storage.ts";
import { createSharpEncoder, isSharpInstalled } from "./sharp-encoder.ts";

/** What makes pictures, and what keeps them. */
export interface Pictures {
  readonly encoder: PictureEncoder;
  /** Where new pictures go. */
  readonly newIn: StorageKind;
  /** Throws if the bucket of older pictures is not configured any more. */
  storage(kind: StorageKind): PictureStorage;
}

interface PictureDeps {
  readonly config: Pick<Config, "pictures">;
  readonly db: Database;
  readonly log: Logger;
}

/** Opens the encoder and the configured storages. Logs a warning if users cannot upload pictures. */
export async function openPictures({ config, db, log }: PictureDeps): Promise<Pictures> {
  const { storage: newIn, s3, maxPixels } = config.pictures;
  if (!isSharpInstalled()) log.warn("the package sharp is not installed: uploads of pictures are refused");
  // Servers without a bucket start sooner if they do not load its client.
  const bucket = s3 && (await import("./s3-storage.ts")).createS3Storage(s3);
  const storages: Readonly<Record<StorageKind, PictureStorage | undefined>> = {
    database: createDatabaseStorage(db),
    s3: bucket,
  };
  return {
    encoder: createSharpEncoder({ maxPixels }),
    newIn,
    storage(kind) {
      const storage = storages[kind];
      if (storage === undefined) throw new Error("S3_BUCKET is not set any more, and there are pictures in it");
      return storage;
    },
  };
}
