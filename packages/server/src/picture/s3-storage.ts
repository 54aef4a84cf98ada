import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import type { S3Config } from "./config.ts";
import { type PictureSize, pictureMediaType, pictureSizes } from "./picture.ts";
import type { PictureStorage } from "./picture-storage.ts";

/** Folder of the pictures in the bucket, which other programs may use too. */
const folder = "pictures";

/** Milliseconds for one request, repetitions not included. */
const timeoutMillis = 10_000;

/** Repetitions of a request that got 429 or 5xx. */
const retries = 2;

interface ObjectRequest {
  readonly method: "PUT" | "GET" | "DELETE";
  readonly id: string;
  readonly size: PictureSize;
  readonly content?: Uint8Array;
}

/** Creates the storage of pictures in a bucket of S3 or of anything that speaks its protocol. */
export function createS3Storage({ endpoint, bucket, region, ...credentials }: S3Config): PictureStorage {
  const client = new AwsClient({ ...credentials, region, service: "s3", retries });
  const send = async ({ method, id, size, content = new Uint8Array() }: ObjectRequest): Promise<Response> =>
    await client.fetch(`${endpoint}/${bucket}/${folder}/${id}/${size}.webp`, {
      method,
      headers: {
        "x-amz-content-sha256": createHash("sha256").update(content).digest("hex"),
        ...(method === "PUT" ? { "content-type": pictureMediaType } : {}),
      },
      ...(method === "PUT" ? { body: Buffer.from(content) } : {}),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMillis),
    });
  return {
    async put(id, picture) {
      await Promise.all(
        pictureSizes.map(async (size) => {
          await expectSuccess("PUT", await send({ method: "PUT", id, size, content: picture[size] }));
        }),
      );
    },
    async get(id, size) {
      const response = await send({ method: "GET", id, size });
      return (await isMissing(response.clone())) ? undefined : await expectSuccess("GET", response);
    },
    async delete(id) {
      const responses = await Promise.all(pictureSizes.map((size) => send({ method: "DELETE", id, size })));
      for (const response of responses) if (response.status !== 404) await expectSuccess("DELETE", response);
    },
  };
}

/** Whether the object is missing; where the whole bucket is, something is wrong. */
async function isMissing(response: Response): Promise<boolean> {
  return response.status === 404 && !(await response.text()).includes("NoSuchBucket");
}

/** Returns the body. Throws if the storage refused the request, with the start of its explanation. */
async function expectSuccess(method: string, response: Response): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.ok) return body;
  const explanation = Buffer.from(body.subarray(0, 300)).toString();
  throw new Error(`The storage of pictures answered ${response.status} to a ${method}: ${explanation}`);
}
