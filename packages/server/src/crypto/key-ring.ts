import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { RandomSource } from "./random.ts";

const ivBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + ivBytes + tagBytes;

/** A key of the ring and the number that sealed values name it by. */
export interface EncryptionKey {
  /** 1 to 255; written as the first byte of every value sealed with the key. */
  readonly version: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** A sealed value names a key that the ring does not hold, or was sealed with another key, or was altered. */
export class UnsealError extends Error {
  override readonly name = "UnsealError";
}

/**
 * Encrypts fields at rest with AES-256-GCM (NIST SP 800-38D). New values are sealed with the newest key;
 * older keys of the ring still open what they sealed, which is what makes rotation possible.
 *
 * A sealed value is `version (1 byte) · nonce (12) · tag (16) · ciphertext`.
 */
export class KeyRing {
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  readonly #current: EncryptionKey;
  readonly #random: RandomSource;

  /**
   * `sealingVersion` names the key that seals; default: the highest. During the rollout of a new key it is the previous
   * version.
   */
  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]], random: RandomSource, sealingVersion?: number) {
    this.#keys = new Map(keys.map((key) => [key.version, key.secret]));
    const newest = keys.reduce((highest, key) => (key.version > highest.version ? key : highest));
    this.#current = keys.find((key) => key.version === sealingVersion) ?? newest;
    this.#random = random;
  }

  /** The version that seals. */
  get currentVersion(): number {
    return this.#current.version;
  }

  /** Every version of the ring, the lowest first. */
  get versions(): readonly number[] {
    return [...this.#keys.keys()].sort((a, b) => a - b);
  }

  /**
   * `context` says what the value belongs to, for example `session:<id>`; it is authenticated, so that a
   * sealed value moved to another row does not open.
   */
  seal(plaintext: Uint8Array, context: string): Buffer {
    const iv = this.#random.bytes(ivBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#current.secret, iv).setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([Buffer.of(this.#current.version), iv, cipher.getAuthTag(), ciphertext]);
  }

  /** Throws {@link UnsealError}. */
  open(sealed: Uint8Array, context: string): Buffer {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const key = this.#keys.get(sealedVersion(bytes));
    if (key === undefined || bytes.length < headerBytes) {
      throw new UnsealError(`no key of version ${bytes[0] ?? "?"} in the ring (ENCRYPTION_KEYS) for ${context}`);
    }
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + ivBytes))
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(1 + ivBytes, headerBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(headerBytes)), decipher.final()]);
    } catch (cause) {
      throw new UnsealError(`the key of version ${bytes[0]} (ENCRYPTION_KEYS) does not open ${context}`, { cause });
    }
  }

  /** Opens the value and seals it with the current key. Throws {@link UnsealError}. */
  reseal(sealed: Uint8Array, context: string): Buffer {
    return this.seal(this.open(sealed, context), context);
  }

  /**
   * Derives a key for the purpose from each key of the ring, the current one first (HKDF-SHA-256, RFC 5869). Authenticate with
   * the first and verify with all of them, so that MACs survive a rotation.
   */
  derive(purpose: string): readonly Buffer[] {
    const others = [...this.#keys].filter(([version]) => version !== this.currentVersion).sort(([a], [b]) => b - a);
    const secrets = [this.#current.secret, ...others.map(([, secret]) => secret)];
    return secrets.map((secret) => Buffer.from(hkdfSync("sha256", secret, "gatehouse", purpose, 32)));
  }
}

/** The version of the key that sealed a value; 0 for an empty value, which no key opens. */
export function sealedVersion(sealed: Uint8Array): number {
  return sealed[0] ?? 0;
}
