import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Writes users of another system as NDJSON, all different. Returns the path. */
export async function writeUsers(path: string, count: number): Promise<string> {
  await pipeline(Readable.from(lines(count)), createWriteStream(path));
  return path;
}

function* lines(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) yield `${JSON.stringify(user(index))}\n`;
}

function user(index: number) {
  const digest = createHash("sha256").update(String(index)).digest("hex");
  return {
    email: `user.${index}@example.com`,
    username: `user${index}`,
    givenName: "Ada",
    familyName: `Number ${index}`,
    birthDate: "1990-12-10",
    locale: "es-MX",
    emailVerified: index % 2 === 0,
    createdAt: "2020-01-31T12:00:00Z",
    passwordHash: `pbkdf2:sha256:260000$${randomBytes(8).toString("hex")}$${digest}`,
  };
}
