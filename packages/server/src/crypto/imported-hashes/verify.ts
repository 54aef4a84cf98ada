import { pbkdf2Sync, scryptSync, timingSafeEqual } from "node:crypto";
import { verifySync as verifyArgon2 } from "@node-rs/argon2";
import { compareSync as compareBcrypt } from "bcryptjs";
import type { StoredHash } from "./stored-hash.ts";

/**
 * Whether exactly this text, in UTF-8, is the password behind the hash. Blocks for as long as the hash costs, so call it in a
 * thread of its own.
 */
export function matchesStoredHash(hash: StoredHash, password: string): boolean {
  switch (hash.scheme) {
    case "argon2":
      return verifyArgon2(hash.phc, password);
    case "bcrypt":
      return compareBcrypt(password, hash.text);
    case "pbkdf2-sha256":
      return timingSafeEqual(derivePbkdf2(hash, password), hash.digest);
    case "scrypt":
      return timingSafeEqual(deriveScrypt(hash, password), hash.digest);
  }
}

type Of<S extends StoredHash["scheme"]> = Extract<StoredHash, { scheme: S }>;

function derivePbkdf2({ iterations, salt, digest }: Of<"pbkdf2-sha256">, password: string): Buffer {
  return pbkdf2Sync(password, salt, iterations, digest.length, "sha256");
}

function deriveScrypt(hash: Of<"scrypt">, password: string): Buffer {
  const { cost, blockSize, parallelization, salt, digest } = hash;
  // OpenSSL counts the table and a little for each lane. Node's default limit would reject 32 MiB.
  const maxmem = 128 * blockSize * (cost + parallelization + 2) + 1024 * 1024;
  return scryptSync(password, salt, digest.length, { N: cost, r: blockSize, p: parallelization, maxmem });
}
