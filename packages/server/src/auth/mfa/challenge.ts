import { z } from "zod";
import { addSeconds, type Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret } from "../../crypto/secret-digest.ts";
import type { DatabaseTransaction } from "../../database/connection.ts";
import type { DeviceDescription } from "../../device/installation.ts";
import { describeDeviceInput } from "../../device/schema.ts";
import type { UserRow } from "../../user/store.ts";
import type { SignInMethodName } from "../session/methods.ts";
import { insertChallenge, type SignInChallengeRow } from "./challenge-store.ts";
import { type FactorSettings, listFactors } from "./factors.ts";
import type { SecondFactorMethod } from "./schema.ts";

/** What a sign-in that waits for a second factor needs. */
export interface ChallengeDeps extends FactorSettings {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly random: RandomSource;
}

/** How long a challenge can be answered. */
const challengeSeconds = 5 * 60;

const challengeBytes = 32;

/** The result of a sign-in that takes a second factor. */
export interface SecondFactorRequired {
  readonly status: "mfa_required";
  /** To be sent with the second factor; it works once. */
  readonly challenge: string;
  /** What the user can answer it with. */
  readonly methods: SecondFactorMethod[];
  readonly expiresAt: Date;
}

/** A sign-in whose first factor was proven. */
interface HalfSignIn {
  readonly user: Pick<UserRow, "id" | "email_verified_at" | "second_factors">;
  readonly methods: readonly SignInMethodName[];
  readonly passwordVersion?: number | undefined;
  readonly remember: boolean;
  readonly device?: DeviceDescription | undefined;
}

/** Stores the sign-in until its second factor comes. The caller has locked the user. */
export async function challengeSignIn(
  deps: ChallengeDeps,
  trx: DatabaseTransaction,
  { user, methods, passwordVersion, remember, device }: HalfSignIn,
): Promise<SecondFactorRequired> {
  const challenge = deps.random.bytes(challengeBytes).toString("base64url");
  const publicId = deps.random.uuid();
  const now = deps.clock.now();
  const expiresAt = addSeconds(now, challengeSeconds);
  await insertChallenge(trx, {
    public_id: publicId,
    user_id: user.id,
    digest: digestSecret(challenge),
    methods: [...methods],
    password_version: passwordVersion ?? null,
    sealed: deps.keyRing.seal(Buffer.from(JSON.stringify({ remember, device })), challengeContext(publicId)),
    created_at: now,
    expires_at: expiresAt,
  });
  return { status: "mfa_required", challenge, methods: await listFactors(deps, trx, { user, methods }), expiresAt };
}

const waitingSchema = z.strictObject({ remember: z.boolean(), device: describeDeviceInput.optional() });

/** How the session of a challenge is to start. */
export function openChallenge(
  { keyRing }: Pick<ChallengeDeps, "keyRing">,
  { public_id, sealed }: Pick<SignInChallengeRow, "public_id" | "sealed">,
): z.output<typeof waitingSchema> {
  return waitingSchema.parse(JSON.parse(keyRing.open(sealed, challengeContext(public_id)).toString()));
}

/** The context that a waiting sign-in is sealed with. */
export const challengeContext = (publicId: string) => `sign-in-challenge:${publicId}`;
