import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { z } from "zod";
import type { PasskeyConfig } from "../../config-passkeys.ts";
import { isPageOf } from "../../config-passkeys.ts";
import { challengeLifetimeSeconds } from "./challenge.ts";
import type { ClientData } from "./client-data.ts";
import type { assertionSchema, createPasskeyInput, creationOptionsSchema, requestOptionsSchema } from "./schema.ts";
import type { PasskeyRow } from "./store.ts";

/** The library costs a start as much as all of this slice, so it is loaded when the first passkey is. */
const loadLibrary = () => import("@simplewebauthn/server");

/** COSE algorithms that authenticators may use: Ed25519, ES256 and RS256, which all of them have one of. */
const algorithms = [-8, -7, -257];

const timeoutMillis = challengeLifetimeSeconds * 1000;

/** A passkey as browsers are told of it. */
type Credential = Pick<PasskeyRow, "credential_id" | "transports">;

interface CreationRequest {
  readonly rp: { readonly id: string; readonly name: string };
  readonly user: { readonly handle: Uint8Array; readonly name: string; readonly displayName: string };
  readonly challenge: string;
  /** The passkeys that the user has, which are not made again. */
  readonly existing: readonly Credential[];
}

/**
 * The options to make a passkey that signs in by itself: it is found without a name, and verifies its user. No attestation is asked
 * for, since it would name the model of the authenticator, and nothing is decided by that.
 */
export function creationOptions(request: CreationRequest): z.output<typeof creationOptionsSchema> {
  const { rp, user, challenge, existing } = request;
  return {
    rp,
    user: { id: base64url(user.handle), name: user.name, displayName: user.displayName },
    challenge,
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    timeout: timeoutMillis,
    excludeCredentials: existing.map(descriptorOf),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
}

interface AssertionRequest {
  readonly rpId: string;
  readonly challenge: string;
  /** Empty for any passkey of the domain. */
  readonly allowed: readonly Credential[];
  readonly userVerification: "required" | "preferred";
}

/** The options to use a passkey. */
export function requestOptions(request: AssertionRequest): z.output<typeof requestOptionsSchema> {
  const { rpId, challenge, allowed, userVerification } = request;
  return { rpId, challenge, timeout: timeoutMillis, allowCredentials: allowed.map(descriptorOf), userVerification };
}

function descriptorOf({ credential_id, transports }: Credential) {
  return { type: "public-key" as const, id: base64url(credential_id), transports };
}

/** What a new passkey's answer says, once it is verified. */
export interface NewCredential {
  readonly id: Buffer;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
}

/** An answer whose challenge was recognised. */
interface Answered<Credential> {
  readonly credential: Credential;
  readonly clientData: ClientData;
  readonly passkeys: PasskeyConfig;
}

/** Verifies the answer of a new passkey (WebAuthn, 7.1). Returns `undefined` if anything is wrong with it. */
export async function verifyCreation({
  credential,
  clientData,
  passkeys,
}: Answered<z.output<typeof createPasskeyInput>["credential"]>): Promise<NewCredential | undefined> {
  if (!isExpected(passkeys, clientData)) return undefined;
  const { verifyRegistrationResponse } = await loadLibrary();
  const { transports = [] } = credential.response;
  const result = await orUndefined(() =>
    verifyRegistrationResponse({
      response: { ...credential, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: clientData.challenge,
      expectedOrigin: clientData.origin,
      expectedRPID: passkeys.rpId,
      supportedAlgorithmIDs: algorithms,
    }),
  );
  if (result?.verified !== true) return undefined;
  const { credential: made, aaguid, credentialDeviceType, credentialBackedUp } = result.registrationInfo;
  return {
    id: Buffer.from(made.id, "base64url"),
    publicKey: made.publicKey,
    counter: made.counter,
    transports,
    aaguid,
    isBackupEligible: credentialDeviceType === "multiDevice",
    isBackedUp: credentialBackedUp,
  };
}

/** What a passkey's answer says, once it is verified. */
export interface Assertion {
  readonly counter: number;
  readonly isBackedUp: boolean;
  readonly isUserVerified: boolean;
}

/** An answer, and the key that must have made it. */
interface AnsweredByKey extends Answered<z.output<typeof assertionSchema>> {
  readonly publicKey: Uint8Array;
  readonly requiresUserVerification: boolean;
}

/**
 * Verifies the answer of a passkey (WebAuthn, 7.2), apart from its counter, which the database compares. Returns `undefined` if
 * anything is wrong with it.
 */
export async function verifyAnswer(answer: AnsweredByKey): Promise<Assertion | undefined> {
  const { credential, clientData, passkeys, publicKey, requiresUserVerification } = answer;
  if (!isExpected(passkeys, clientData)) return undefined;
  const { verifyAuthenticationResponse } = await loadLibrary();
  const result = await orUndefined(() =>
    verifyAuthenticationResponse({
      response: { ...credential, clientExtensionResults: {} } as AuthenticationResponseJSON,
      expectedChallenge: clientData.challenge,
      expectedOrigin: clientData.origin,
      expectedRPID: passkeys.rpId,
      credential: { id: credential.id, publicKey: new Uint8Array(publicKey), counter: 0 },
      requireUserVerification: requiresUserVerification,
    }),
  );
  if (result?.verified !== true) return undefined;
  const { newCounter, credentialBackedUp, userVerified } = result.authenticationInfo;
  return { counter: newCounter, isBackedUp: credentialBackedUp, isUserVerified: userVerified };
}

/** A frame on another site's page is refused: that page could lay its own content over it. */
function isExpected(passkeys: PasskeyConfig, { origin, isFramed }: ClientData): boolean {
  const isListed = passkeys.origins.includes(origin);
  return !isFramed && (isListed || (passkeys.acceptsAnyPage && isPageOf(passkeys.rpId, origin)));
}

/** The library throws for each defect of an answer. */
async function orUndefined<T>(verify: () => Promise<T>): Promise<T | undefined> {
  return await verify().catch(() => undefined);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
