/** A password hash as stored, with everything needed to verify a password against it. */
export type StoredHash =
  /** A PHC string that names its version. */
  | { readonly scheme: "argon2"; readonly phc: string }
  | { readonly scheme: "bcrypt"; readonly text: string }
  | {
      readonly scheme: "pbkdf2-sha256";
      readonly iterations: number;
      readonly salt: Uint8Array;
      readonly digest: Uint8Array;
    }
  | {
      readonly scheme: "scrypt";
      readonly cost: number;
      readonly blockSize: number;
      readonly parallelization: number;
      readonly salt: Uint8Array;
      readonly digest: Uint8Array;
    };

/** A hash that cannot be verified here; the message says why and contains no part of the hash. */
export class UnreadableHashError extends Error {
  override readonly name = "UnreadableHashError";
}

/**
 * The highest cost of a hash, so that no line of an import can stall the server. Argon2's limits are those of the server's
 * own settings; at the limits of the other schemes, one verification takes two to three seconds.
 */
const limits = {
  argon2: { memoryKib: 1_048_576, passes: 20, lanes: 16 },
  bcrypt: { minCost: 4, maxCost: 15 },
  pbkdf2: { iterations: 5_000_000 },
  scrypt: { memoryBytes: 256 * 1024 * 1024, parallelization: 16 },
};

const readers: readonly ((text: string) => StoredHash | undefined)[] = [
  readArgon2,
  readBcrypt,
  readWerkzeugPbkdf2,
  readPasslibPbkdf2,
  readWerkzeugScrypt,
];

/** Reads a hash in any supported format. Throws {@link UnreadableHashError}. */
export function readStoredHash(text: string): StoredHash {
  for (const read of readers) {
    const hash = read(text);
    if (hash !== undefined) return hash;
  }
  throw new UnreadableHashError("is in no format that is known here");
}

const bcryptReadsBytes = 72;

/** Whether the hash depends on the whole password, both as typed and in NFC. bcrypt ignores everything after 72 bytes. */
export function readsAllOf(hashed: string, password: string): boolean {
  if (readStoredHash(hashed).scheme !== "bcrypt") return true;
  return [password, password.normalize("NFC")].every((form) => Buffer.byteLength(form) <= bcryptReadsBytes);
}

/** Reads Argon2i, d or id as a PHC string; without `v` it is version 1.0 (16), as in the reference implementation. */
function readArgon2(text: string): StoredHash | undefined {
  const pattern =
    /^(\$argon2(?:id|i|d)\$)(v=(?:16|19)\$)?(m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,5})\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{16,86})$/;
  const [, variant, version = "v=16$", rest, memoryKib, passes, lanes] = pattern.exec(text) ?? [];
  if (variant === undefined) return undefined;
  atMost("m", Number(memoryKib), limits.argon2.memoryKib);
  atMost("t", Number(passes), limits.argon2.passes);
  atMost("p", Number(lanes), limits.argon2.lanes);
  return { scheme: "argon2", phc: `${variant}${version}${rest}` };
}

/** Rejects `$2x$`, which marks hashes of a faulty implementation. */
function readBcrypt(text: string): StoredHash | undefined {
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  if (cost === undefined) return undefined;
  atLeast("the cost", Number(cost), limits.bcrypt.minCost);
  atMost("the cost", Number(cost), limits.bcrypt.maxCost);
  return { scheme: "bcrypt", text };
}

/** `pbkdf2:sha256:ITERATIONS$salt$hex`; the salt is text. */
function readWerkzeugPbkdf2(text: string): StoredHash | undefined {
  const [, iterations, salt, hex] =
    /^pbkdf2:sha256:(\d{1,10})\$([\x21-\x23\x25-\x7e]{1,64})\$([0-9a-f]{64})$/.exec(text) ?? [];
  if (salt === undefined || hex === undefined) return undefined;
  return pbkdf2(Number(iterations), Buffer.from(salt), Buffer.from(hex, "hex"));
}

/** `$pbkdf2-sha256$rounds$salt$checksum`, in base64 with a dot in place of the plus, and without padding. */
function readPasslibPbkdf2(text: string): StoredHash | undefined {
  const [, iterations, salt, checksum] =
    /^\$pbkdf2-sha256\$(\d{1,10})\$([A-Za-z0-9./]{0,1366})\$([A-Za-z0-9./]{43})$/.exec(text) ?? [];
  if (salt === undefined || checksum === undefined) return undefined;
  return pbkdf2(Number(iterations), fromDottedBase64(salt), fromDottedBase64(checksum));
}

/** `scrypt:N:r:p$salt$hex`; the salt is text. */
function readWerkzeugScrypt(text: string): StoredHash | undefined {
  const [, n, r, p, salt, hex] =
    /^scrypt:(\d{1,10}):(\d{1,5}):(\d{1,5})\$([\x21-\x23\x25-\x7e]{1,64})\$([0-9a-f]{128})$/.exec(text) ?? [];
  if (salt === undefined || hex === undefined) return undefined;
  const [cost, blockSize, parallelization] = [Number(n), Number(r), Number(p)];
  atLeast("r", blockSize, 1);
  atLeast("p", parallelization, 1);
  atMost("p", parallelization, limits.scrypt.parallelization);
  atMost("the memory in bytes", 128 * cost * blockSize * parallelization, limits.scrypt.memoryBytes);
  if (cost < 2 || !Number.isInteger(Math.log2(cost)))
    throw new UnreadableHashError("asks for an N that is no power of 2");
  return {
    scheme: "scrypt",
    cost,
    blockSize,
    parallelization,
    salt: Buffer.from(salt),
    digest: Buffer.from(hex, "hex"),
  };
}

function pbkdf2(iterations: number, salt: Buffer, digest: Buffer): StoredHash {
  atLeast("the iterations", iterations, 1);
  atMost("the iterations", iterations, limits.pbkdf2.iterations);
  return { scheme: "pbkdf2-sha256", iterations, salt, digest };
}

function fromDottedBase64(text: string): Buffer {
  return Buffer.from(text.replaceAll(".", "+"), "base64");
}

function atMost(what: string, value: number, max: number): void {
  if (value > max) throw new UnreadableHashError(`asks for more than is allowed: ${what} is above ${max}`);
}

function atLeast(what: string, value: number, min: number): void {
  if (value < min) throw new UnreadableHashError(`asks for less than is allowed: ${what} is below ${min}`);
}
