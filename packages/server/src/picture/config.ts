import type { StorageKind } from "./picture-storage.ts";

/** The access to a bucket. */
export interface S3Config {
  /** An origin, without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How pictures are read and kept. */
export interface PictureConfig {
  /** Where new pictures go. */
  readonly storage: StorageKind;
  /** The bucket, also for older pictures while new ones go elsewhere. */
  readonly s3: S3Config | undefined;
  /** The most bytes of an uploaded image. */
  readonly maxBytes: number;
  /** The most pixels of an uploaded image. */
  readonly maxPixels: number;
}

/** The variables of pictures, parsed. */
interface PictureVariables {
  readonly PICTURE_STORAGE: StorageKind;
  readonly PICTURE_MAX_BYTES: number;
  readonly PICTURE_MAX_PIXELS: number;
  readonly S3_ENDPOINT?: string | undefined;
  readonly S3_REGION: string;
  readonly S3_BUCKET?: string | undefined;
  readonly S3_ACCESS_KEY_ID?: string | undefined;
  readonly S3_SECRET_ACCESS_KEY?: string | undefined;
}

const bucketVariables = ["S3_ENDPOINT", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] as const;

/** Variables that others require, each with the reason. */
export function missingForPictures(variables: PictureVariables): readonly (readonly [name: string, why: string])[] {
  const isMeant = bucketVariables.some((name) => variables[name] !== undefined);
  if (!isMeant && variables.PICTURE_STORAGE !== "s3") return [];
  const why = isMeant ? `required with the others of ${bucketVariables.join(", ")}` : "required by PICTURE_STORAGE=s3";
  return bucketVariables.filter((name) => variables[name] === undefined).map((name) => [name, why] as const);
}

/** Call it when {@link missingForPictures} found nothing. */
export function pictureConfig(variables: PictureVariables): PictureConfig {
  return {
    storage: variables.PICTURE_STORAGE,
    s3: s3Config(variables),
    maxBytes: variables.PICTURE_MAX_BYTES,
    maxPixels: variables.PICTURE_MAX_PIXELS,
  };
}

function s3Config(variables: PictureVariables): S3Config | undefined {
  const { S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_REGION: region } = variables;
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = variables;
  if (endpoint === undefined || bucket === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    return undefined;
  }
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}
