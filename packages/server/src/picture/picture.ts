/** The lengths of the sides of a stored picture, in pixels; the first is the default. */
export const pictureSizes = [256, 64] as const;

/** The length of a side, in pixels. */
export type PictureSize = (typeof pictureSizes)[number];

/** The media type of a stored picture. */
export const pictureMediaType = "image/webp";

/** A square picture in each size, as WebP without metadata. */
export type Picture = Readonly<Record<PictureSize, Uint8Array>>;
