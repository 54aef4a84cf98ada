import type { Metadata, Sharp } from "sharp";
import { GatehouseError } from "../errors.ts";
import { imageMediaTypeOf } from "./image-format.ts";
import type { Picture, PictureSize } from "./picture.ts";
import type { PictureEncoder } from "./picture-encoder.ts";

type SharpModule = typeof import("sharp").default;

/** The only decoders that may run: each further one is code that reads bytes of strangers. */
const loaders = ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer"];

/** Seconds after which decoding is given up. A photograph takes a fraction of one. */
const timeoutSeconds = 10;

/** Quality of WebP, of 100. */
const quality = 82;

/** Bytes of a decoded pixel with four channels. A file with more of them for a pixel may have fewer pixels. */
const bytesPerPixel = 4;

interface SharpEncoderOptions {
  /** The most pixels of an image. */
  readonly maxPixels: number;
  /** Loads sharp; for tests. */
  readonly load?: () => Promise<SharpModule>;
}

/** Creates an encoder that loads sharp for its first image. It decodes one image at a time; further ones wait. */
export function createSharpEncoder({ maxPixels, load = loadSharp }: SharpEncoderOptions): PictureEncoder {
  let loading: Promise<SharpModule> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const encodeNow = async (image: Uint8Array) => {
    loading ??= load();
    return await encode(await loading.catch(rejectMissing), image, maxPixels);
  };
  return {
    async encode(image) {
      if (imageMediaTypeOf(image) === undefined) throw invalid("The file is not a PNG, JPEG or WebP image.");
      const encoding = last.then(() => encodeNow(image));
      last = encoding.catch(() => undefined);
      return await encoding;
    },
  };
}

/** Each of these settings applies to the whole process. */
async function loadSharp(): Promise<SharpModule> {
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });
  return sharp;
}

function rejectMissing(cause: unknown): never {
  throw new GatehouseError("PICTURES_NOT_CONFIGURED", { cause });
}

/** Whether sharp is installed, without loading it. */
export function isSharpInstalled(): boolean {
  try {
    import.meta.resolve("sharp");
    return true;
  } catch {
    return false;
  }
}

async function encode(sharp: SharpModule, content: Uint8Array, maxPixels: number): Promise<Picture> {
  const image = sharp(content, { limitInputPixels: maxPixels, failOn: "error", sequentialRead: true });
  // Reads the head of the file alone.
  assertDecodable(await readable(image.metadata()), maxPixels);
  const square = await readable(
    image
      .autoOrient()
      .resize({ width: 256, height: 256, fit: "cover" })
      .toColourspace("srgb")
      .timeout({ seconds: timeoutSeconds })
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
  const { width, height, channels } = square.info;
  const write = (size: PictureSize) =>
    toWebp(sharp(square.data, { raw: { width, height, channels } }).resize(size, size));
  const [large, small] = await Promise.all([write(256), write(64)]);
  return { 256: large, 64: small };
}

async function toWebp(image: Sharp): Promise<Uint8Array> {
  return await image.webp({ quality }).toBuffer();
}

function assertDecodable({ width, height, channels, depth }: Metadata, maxPixels: number): void {
  const bytesPerChannel = depth === "uchar" ? 1 : 2;
  if (width * height * channels * bytesPerChannel > maxPixels * bytesPerPixel) throw tooManyPixels();
}

/** Turns the errors of sharp, all of which are about the file, into `PICTURE_INVALID`. */
async function readable<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes("pixel limit")) throw tooManyPixels(cause);
    throw invalid("The image is damaged, or takes too long to decode.", cause);
  }
}

function tooManyPixels(cause?: unknown): GatehouseError {
  return invalid("The image has too many pixels. Make it smaller.", cause);
}

function invalid(detail: string, cause?: unknown): GatehouseError {
  return new GatehouseError("PICTURE_INVALID", { detail, cause });
}
