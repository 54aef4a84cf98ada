import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { addSeconds, type Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";

/** How long a challenge may be answered, in seconds: as long as the browser waits for the user. */
export const challengeLifetimeSeconds = 5 * 60;

/** What a challenge is for, and whom. An answer to it is accepted for nothing else. Ids are public ones. */
export type ChallengePurpose =
  | { readonly kind: "registration"; readonly userId: string }
  | { readonly kind: "sign_in" }
  | { readonly kind: "step_up"; readonly sessionId: string }
  /** `challengeId` names the sign-in that waits for its second factor. */
  | { readonly kind: "second_factor"; readonly challengeId: string };

/** A challenge that this server issued and that may still be answered. */
export interface OpenedChallenge {
  /** SHA-256 of the challenge, by which it is spent. */
  readonly digest: Buffer;
  readonly expiresAt: Date;
}

/**
 * Issues challenges and recognises them. They are not stored, so that asking for options costs nothing: `nonce (16 bytes) · expiry
 * (8) · MAC (32)`. An accepted answer spends its challenge in the database (docs/decisions/054).
 */
export interface PasskeyChallenges {
  /** Returns a challenge in base64url. */
  issue(purpose: ChallengePurpose): string;
  /** Returns `undefined` for a challenge that is expired, for something else, or not from this server. */
  open(purpose: ChallengePurpose, challenge: string): OpenedChallenge | undefined;
}

interface ChallengeDeps {
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly random: RandomSource;
}

const nonceBytes = 16;
const bodyBytes = nonceBytes + 8;

/** Makes the challenges of a server; all servers with the same keys recognise them. */
export function createPasskeyChallenges({ keyRing, clock, random }: ChallengeDeps): PasskeyChallenges {
  const keys = keyRing.derive("passkey-challenge");
  const [newest] = keys;
  if (newest === undefined) throw new Error("a key ring holds at least one key");
  return {
    issue(purpose) {
      const expiry = Buffer.alloc(8);
      expiry.writeBigUInt64BE(BigInt(addSeconds(clock.now(), challengeLifetimeSeconds).getTime()));
      const body = Buffer.concat([random.bytes(nonceBytes), expiry]);
      return Buffer.concat([body, macOf(newest, purpose, body)]).toString("base64url");
    },
    open(purpose, challenge) {
      const bytes = Buffer.from(challenge, "base64url");
      const body = bytes.subarray(0, bodyBytes);
      const isGenuine = keys.some((key) => isEqual(macOf(key, purpose, body), bytes.subarray(bodyBytes)));
      // Base64 has several spellings for the same bytes; each would have a digest of its own.
      if (!isGenuine || bytes.toString("base64url") !== challenge) return undefined;
      const expiresAt = new Date(Number(body.readBigUInt64BE(nonceBytes)));
      if (expiresAt <= clock.now()) return undefined;
      return { digest: createHash("sha256").update(bytes).digest(), expiresAt };
    },
  };
}

function macOf(key: Uint8Array, purpose: ChallengePurpose, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(nameOf(purpose)).update("\n").update(body).digest();
}

function nameOf(purpose: ChallengePurpose): string {
  switch (purpose.kind) {
    case "registration":
      return `registration ${purpose.userId}`;
    case "sign_in":
      return "sign_in";
    case "step_up":
      return `step_up ${purpose.sessionId}`;
    case "second_factor":
      return `second_factor ${purpose.challengeId}`;
  }
}

function isEqual(expected: Uint8Array, presented: Uint8Array): boolean {
  return expected.length === presented.length && timingSafeEqual(expected, presented);
}
