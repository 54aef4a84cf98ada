/** The media types of images that users may upload. */
export const imageMediaTypes = ["image/png", "image/jpeg", "image/webp"] as const;

type ImageMediaType = (typeof imageMediaTypes)[number];

/** The bytes at the start of each format; `undefined` stands for any byte. */
const signatures: Readonly<Record<ImageMediaType, readonly (number | undefined)[]>> = {
  "image/png": [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  "image/jpeg": [0xff, 0xd8, 0xff],
  "image/webp": [...bytesOf("RIFF"), undefined, undefined, undefined, undefined, ...bytesOf("WEBP")],
};

function bytesOf(text: string): readonly number[] {
  return [...Buffer.from(text, "latin1")];
}

/**
 * Returns the media type that the content begins as; `undefined` for any other format, such as SVG. The declared type and the
 * file's name are whatever the sender chose, so they are not asked.
 */
export function imageMediaTypeOf(content: Uint8Array): ImageMediaType | undefined {
  return imageMediaTypes.find((type) =>
    signatures[type].every((byte, index) => byte === undefined || content[index] === byte),
  );
}
