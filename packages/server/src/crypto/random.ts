import { randomBytes, randomUUID } from "node:crypto";

/** Unpredictable bytes and identifiers as a dependency. */
export interface RandomSource {
  bytes(length: number): Buffer;
  /** A version 4 UUID (RFC 9562), which reveals neither when nor where it was made. */
  uuid(): string;
}

/** The operating system's generator, by `node:crypto`. */
export const systemRandom: RandomSource = { bytes: (length) => randomBytes(length), uuid: () => randomUUID() };
