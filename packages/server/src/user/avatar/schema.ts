import { z } from "zod";
import { type PictureSize, pictureSizes } from "../../picture/picture.ts";

/** The bytes of an image. A client sends a `Uint8Array`, a `Blob` or a `File`; the server gets the bytes. */
export const imageInput = z
  .custom<Uint8Array | Blob>(
    (value) => value instanceof Uint8Array && value.length > 0,
    "Must be the bytes of an image",
  )
  .transform((value, ctx): Uint8Array => {
    if (value instanceof Uint8Array) return value;
    ctx.addIssue({ code: "custom", message: "Must be the bytes of an image" });
    return z.NEVER;
  });

/** The address of a picture: whose it is, the digest of its content, and its size. */
export const avatarAddress = z.strictObject({
  id: z.uuid(),
  hash: z.string().max(100).optional(),
  size: z
    .enum(pictureSizes.map(String) as [`${PictureSize}`, ...`${PictureSize}`[]])
    .default(`${pictureSizes[0]}`)
    .transform((size): PictureSize => (size === "64" ? 64 : 256)),
});
