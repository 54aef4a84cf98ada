import { pbkdf2, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { verify as verifyArgon2 } from "@node-rs/argon2";
import type { BcryptVerifier } from "./bcrypt.ts";
import type { StoredHash } from "./stored-hash.ts";

/**
 * Whether the password is the one behind the hash: exactly this text, in UTF-8. All of it is done off the main thread,
 * bcrypt by the given verifier and the others on the thread pool.
 */
export async function verifyStoredHash(hash: StoredHash, password: string, bcrypt: BcryptVerifier): Promise<boolean> {
  switch (hash.scheme) {
    case "argon2":
      return await verifyArgon2(hash.phc, password);
    case "bcrypt":
      return await bcrypt.verify(password, hash.text);
    case "pbkdf2-sha256":
      return timingSafeEqual(await derivePbkdf2(hash, password), hash.digest);
    case "scrypt":
      return timingSafeEqual(await deriveScrypt(hash, password), hash.digest);
  }
}

type Of<S extends StoredHash["scheme"]> = Extract<StoredHash, { scheme: S }>;

async function derivePbkdf2({ iterations, salt, digest }: Of<"pbkdf2-sha256">, password: string): Promise<Buffer> {
  return await promisify(pbkdf2)(password, salt, iterations, digest.length, "sha256");
}

function deriveScrypt(hash: Of<"scrypt">, password: string): Promise<Buffer> {
  const { cost, blockSize, parallelization, salt, digest } = hash;
  // What OpenSSL counts: the table, and a little for each lane. Node's own default would refuse 32 MiB.
  const maxmem = 128 * blockSize * (cost + parallelization + 2) + 1024 * 1024;
  const options = { N: cost, r: blockSize, p: parallelization, maxmem };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, digest.length, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
