// Exports the user whose public id is the first argument to the file of the second.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openScope } from "./scope.ts";

const [publicId = "", file = ""] = process.argv.slice(2);

await using scope = await openScope();
const { exportUser } = await import("../../../../packages/server/src/user/export/operator.ts");
await pipeline(Readable.from(exportUser(scope.deps, publicId)), createWriteStream(file));
