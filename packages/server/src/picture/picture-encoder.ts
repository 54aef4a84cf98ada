import type { Picture } from "./picture.ts";

/** Makes pictures of uploaded images. */
export interface PictureEncoder {
  /**
   * Turns the image upright, crops its middle to a square, and writes it anew in each size, without metadata. Throws
   * `PICTURE_INVALID`, and `PICTURES_NOT_CONFIGURED` if the library that decodes images is not installed.
   */
  encode(image: Uint8Array): Promise<Picture>;
}
