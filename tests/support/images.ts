import sharp from "sharp";
import type { Account } from "./rest.ts";

type Format = "png" | "jpeg" | "webp";

interface ImageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly format?: Format;
  /** A name of CSS. Default red. */
  readonly colour?: string;
}

/** An image of one colour. */
export async function imageOf(options: ImageOptions = {}): Promise<Buffer> {
  const { width = 40, height = 30, format = "png", colour: background = "red" } = options;
  return await sharp({ create: { width, height, channels: 3, background } })
    [format]()
    .toBuffer();
}

/** A JPEG of 60 × 40 pixels whose left half is red and whose right half is blue, as a camera held sideways stores it. */
export async function sidewaysPhotograph(): Promise<Buffer> {
  const blue = await sharp({ create: { width: 30, height: 40, channels: 3, background: "blue" } })
    .png()
    .toBuffer();
  return await sharp({ create: { width: 60, height: 40, channels: 3, background: "red" } })
    .composite([{ input: blue, left: 30, top: 0 }])
    .jpeg()
    .withExif({ IFD0: { Copyright: "Ada's secret", Make: "A camera" }, IFD3: { GPSLatitude: "40/1" } })
    // Turned clockwise, red is at the top.
    .withMetadata({ orientation: 6 })
    .withIccProfile("p3")
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>')
    .toBuffer();
}

/** An image as `fetch` takes it. */
export async function picture(options?: ImageOptions): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await imageOf(options));
}

/** Sets the caller's picture over REST, raw or by a form. */
export async function upload(
  url: string,
  { accessToken }: Pick<Account, "accessToken">,
  body: Uint8Array<ArrayBuffer> | FormData,
  type = "image/png",
) {
  const response = await fetch(new URL("/v1/users/me/avatar", url), {
    method: "PUT",
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...(body instanceof FormData ? {} : { "content-type": type }),
    },
    body,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}
