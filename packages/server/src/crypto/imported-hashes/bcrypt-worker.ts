// The thread that computes bcrypt, which `bcryptjs` does in JavaScript: on the main thread it would stop the server.
import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";
import type { BcryptAnswer, BcryptQuestion } from "./bcrypt.ts";

parentPort?.on("message", ({ id, password, hash }: BcryptQuestion) => {
  parentPort?.postMessage({ id, isMatch: compareSync(password, hash) } satisfies BcryptAnswer);
});
