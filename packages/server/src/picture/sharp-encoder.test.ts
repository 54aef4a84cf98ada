import { randomBytes } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { imageOf, sidewaysPhotograph } from "../../../../tests/support/images.ts";
import { createSharpEncoder } from "./sharp-encoder.ts";

const maxPixels = 1_000_000;
const encoder = createSharpEncoder({ maxPixels });

/** The colour at a place, as `r,g,b` in steps of 64, since JPEG and WebP are not exact. */
async function colourAt(content: Uint8Array, left: number, top: number): Promise<string> {
  const pixel = await sharp(content).removeAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer();
  return [...pixel].map((channel) => Math.round(channel / 64)).join(",");
}

const red = "4,0,0";
const blue = "0,0,4";

test.each(["png", "jpeg", "webp"] as const)("a %s becomes a square WebP of 256 and of 64 pixels", async (format) => {
  const picture = await encoder.encode(await imageOf({ format, width: 300, height: 20 }));
  for (const size of [256, 64] as const) {
    const { format: written, width, height } = await sharp(picture[size]).metadata();
    expect({ written, width, height }).toEqual({ written: "webp", width: size, height: size });
  }
});

test("a photograph is turned upright before it is cropped, and loses its metadata", async () => {
  const photograph = await sidewaysPhotograph();
  expect(photograph.includes("Ada's secret")).toBe(true);
  const picture = await encoder.encode(photograph);
  expect([await colourAt(picture[256], 128, 20), await colourAt(picture[256], 128, 236)]).toEqual([red, blue]);
  for (const content of [picture[256], picture[64]]) {
    const { exif, icc, xmp, iptc, orientation } = await sharp(content).metadata();
    expect({ exif, icc, xmp, iptc, orientation }).toEqual({});
    expect(Buffer.from(content).toString("latin1")).not.toMatch(/EXIF|ICCP|XMP|secret/);
  }
});

test("the middle of a wide image is kept", async () => {
  const wide = await sharp({ create: { width: 600, height: 100, channels: 3, background: "red" } })
    .composite([
      {
        input: await sharp({ create: { width: 100, height: 100, channels: 3, background: "blue" } })
          .png()
          .toBuffer(),
      },
    ])
    .png()
    .toBuffer();
  expect(await colourAt((await encoder.encode(wide))[256], 128, 128)).toBe(blue);
});

test.each([
  ["a transparent image", sharp({ create: { width: 9, height: 9, channels: 4, background: "#0000" } }).png()],
  [
    "an image in grey",
    sharp({ create: { width: 9, height: 9, channels: 3, background: "grey" } })
      .greyscale()
      .png(),
  ],
  [
    "an image with 16 bits a channel",
    sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .toColourspace("rgb16")
      .png(),
  ],
  [
    "a print in CMYK",
    sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .toColourspace("cmyk")
      .jpeg(),
  ],
  [
    "a progressive JPEG",
    sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } }).jpeg({ progressive: true }),
  ],
])("%s is accepted", async (_what, image) => {
  const { width, space } = await sharp((await encoder.encode(await image.toBuffer()))[256]).metadata();
  expect({ width, space }).toEqual({ width: 256, space: "srgb" });
});

/** A PNG whose head declares a size; its pixels are zeros, which deflate to nearly nothing. */
function bombOf(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(Math.min(width * height * 4, 1_000_000)));
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

describe("an image that cannot be a picture is refused as PICTURE_INVALID", () => {
  test.each([
    ["text", Buffer.from("hello")],
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ["a GIF", Buffer.from("GIF89a\u0001\0\u0001\0", "latin1")],
    ["the signature of a PNG alone", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ["noise after the signature of a JPEG", Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(500)])],
    ["a PNG with a billion pixels", bombOf(50_000, 20_000)],
    ["a PNG with a few pixels too many", bombOf(1001, 1000)],
  ])("%s", async (_what, content) => {
    await expect(encoder.encode(content)).rejects.toMatchObject({ code: "PICTURE_INVALID" });
  });

  test("an image that is cut off", async () => {
    const whole = await sharp(randomBytes(300 * 300 * 3), { raw: { width: 300, height: 300, channels: 3 } })
      .jpeg()
      .toBuffer();
    await expect(encoder.encode(whole.subarray(0, whole.length / 2))).rejects.toMatchObject({
      code: "PICTURE_INVALID",
    });
  });

  test("an image whose pixels take more memory than usual ones", async () => {
    const deep = sharp({ create: { width: 900, height: 900, channels: 4, background: "red" } }).toColourspace("rgb16");
    await expect(encoder.encode(await deep.png().toBuffer())).rejects.toMatchObject({ code: "PICTURE_INVALID" });
  });
});

test("images are decoded one at a time", async () => {
  const running = { now: 0, most: 0 };
  const counting = createSharpEncoder({
    maxPixels,
    load: async () =>
      new Proxy(sharp, {
        apply(target, thisArgument, given) {
          const image = Reflect.apply(target, thisArgument, given);
          const { metadata } = image;
          image.metadata = async () => {
            running.most = Math.max(running.most, ++running.now);
            return await metadata.call(image).finally(() => running.now--);
          };
          return image;
        },
      }),
  });
  const image = await imageOf();
  await Promise.all(Array.from({ length: 5 }, () => counting.encode(image)));
  expect(running).toEqual({ now: 0, most: 1 });
});

test("a failure does not keep the next image from being encoded", async () => {
  await expect(encoder.encode(bombOf(50_000, 20_000))).rejects.toMatchObject({ code: "PICTURE_INVALID" });
  expect((await encoder.encode(await imageOf()))[64].length).toBeGreaterThan(0);
});

test("where sharp is not installed, the refusal says so", async () => {
  const without = createSharpEncoder({
    maxPixels,
    load: () =>
      Promise.reject(Object.assign(new Error("Cannot find package 'sharp'"), { code: "ERR_MODULE_NOT_FOUND" })),
  });
  await expect(without.encode(await imageOf())).rejects.toMatchObject({ code: "PICTURES_NOT_CONFIGURED" });
});
