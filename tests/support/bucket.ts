import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import S3rver from "@20minutes/s3rver";
import { createScratchFolder } from "./scratch-folder.ts";

/** A server that speaks the protocol of S3, and checks the signatures of requests, with one bucket. */
export interface Bucket extends AsyncDisposable {
  /** The variables of a server that keeps new pictures in the bucket. */
  readonly environment: Readonly<Record<string, string>>;
  /** The keys of its objects. */
  keys(): Promise<readonly string[]>;
}

const name = "gatehouse-test";

/** The key pair that this server knows. */
const accessKey = "S3RVER";

/** Opens an empty bucket on a free port. */
export async function openBucket(): Promise<Bucket> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.adopt(await createScratchFolder("gatehouse-bucket-"), (path) => rm(path, { recursive: true }));
  const options = { address: "127.0.0.1", port: 0, silent: true, directory: folder };
  const server = owned.adopt(new S3rver({ ...options, configureBuckets: [{ name }] }), (running) => running.close());
  const { port } = await server.run();
  const opened = owned.move();
  return {
    environment: {
      PICTURE_STORAGE: "s3",
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_BUCKET: name,
      S3_ACCESS_KEY_ID: accessKey,
      S3_SECRET_ACCESS_KEY: accessKey,
    },
    async keys() {
      const files = await readdir(join(folder, name), { recursive: true });
      // It keeps the type and the digest of each object beside it.
      return files.filter((file) => file.endsWith("_object")).map((file) => file.replace(/\._S3rver_object$/, ""));
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
