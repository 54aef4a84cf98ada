import { inNameOf } from "../../audit/call.ts";
import { GatehouseError } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import type { SignInMethodName } from "../session/methods.ts";
import {
  isSignInHeard,
  type SignedIn,
  type SignIn,
  type SignInDeps,
  type SignInResult,
  signIn,
  signInAlone,
} from "../session/sign-in.ts";
import { issueSignInCode, type SignInCodeDeps } from "../sign-in-code/service.ts";
import { type AccountOfIdentityDeps, findEntrant, type ProvenIdentity, withAccountOf } from "./account.ts";
import type { IdentityProof } from "./proof.ts";
import { type NativeCredential, ProviderError } from "./provider.ts";
import type { SocialProviders } from "./providers.ts";

/** What signing in at a provider needs. */
export type SocialDeps = AccountOfIdentityDeps &
  SignInDeps &
  SignInCodeDeps & { readonly socialProviders: Pick<SocialProviders, "get">; readonly log: Logger };

/** RFC 8176 has no name for a sign-in at a provider; this is the one that Microsoft uses. */
const methods: readonly SignInMethodName[] = ["fed"];

/**
 * Signs in the user of a proven identity. This is the only place at which a proof by a provider starts a session. Throws as
 * {@link withAccountOf}.
 */
export async function signInByIdentity(deps: SocialDeps, proof: IdentityProof, how: SignIn): Promise<SignInResult> {
  const alone = isSignInHeard(deps) ? undefined : await signInByKnownIdentity(deps, proof, how);
  if (alone !== undefined) return alone;
  const { origin, device } = how;
  return await withAccountOf(deps, { proof, origin, device }, (trx, user) =>
    signIn(inNameOf(deps, user.public_id), trx, { user, ...how, methods }),
  );
}

/**
 * Signs in by an identity that has an account, without a transaction. Returns `undefined`, and changes nothing, if there is no
 * such account, and where more is to be done or refused than that.
 */
async function signInByKnownIdentity(
  deps: SocialDeps,
  proof: IdentityProof,
  how: SignIn,
): Promise<SignedIn | undefined> {
  const entrant = await findEntrant(deps, proof, how);
  if (entrant === undefined) return undefined;
  return await signInAlone(inNameOf(deps, entrant.user.public_id), { ...entrant, ...how, methods });
}

/** The app that shall get a session. */
interface AppTarget {
  readonly redirectTo: string;
  readonly codeChallenge: string;
}

/** Issues a code for the user of a proven identity, and returns the app's address with the code. Throws as {@link withAccountOf}. */
export async function issueCodeByIdentity(
  deps: SocialDeps,
  proven: ProvenIdentity,
  target: AppTarget,
): Promise<string> {
  const issued = await withAccountOf(deps, proven, (trx, { id: userId }) =>
    issueSignInCode(deps, trx, { ...target, userId, methods, authenticatedAt: deps.clock.now() }),
  );
  return issued.redirectTo;
}

/** What a native app got of the provider's own library. */
interface PresentedNatively extends NativeCredential, Pick<IdentityProof, "givenName" | "familyName"> {
  /** A name of the settings. */
  readonly provider: string;
}

/** What verifying it needs. */
export type NativeProofDeps = Pick<SocialDeps, "log" | "socialProviders">;

/**
 * Verifies what a native app got of the provider's own library. Throws `NOT_FOUND` for a provider that is not configured,
 * `SOCIAL_CREDENTIAL_INVALID` and `SOCIAL_PROVIDER_UNAVAILABLE`.
 */
export async function proveNatively(
  deps: NativeProofDeps,
  { provider: name, givenName, familyName, ...credential }: PresentedNatively,
): Promise<IdentityProof> {
  const provider = await deps.socialProviders.get(name);
  const proof = await orRefusal(deps, () => provider.verifyNative(credential));
  return { ...proof, givenName: proof.givenName ?? givenName, familyName: proof.familyName ?? familyName };
}

/** Signs in by what a native app got of the provider's own library. Throws as {@link proveNatively} and {@link withAccountOf}. */
export async function signInNatively(
  deps: SocialDeps,
  presented: PresentedNatively,
  how: SignIn,
): Promise<SignInResult> {
  return await signInByIdentity(deps, await proveNatively(deps, presented), how);
}

async function orRefusal(deps: Pick<SocialDeps, "log">, verify: () => Promise<IdentityProof>): Promise<IdentityProof> {
  try {
    return await verify();
  } catch (error) {
    throw refusalOf(deps, error, "SOCIAL_CREDENTIAL_INVALID");
  }
}

/** Turns a failure at a provider into an error for the caller, and logs what the provider said. Other errors stay as they are. */
export function refusalOf(
  { log }: Pick<SocialDeps, "log">,
  error: unknown,
  invalid: "SOCIAL_CREDENTIAL_INVALID" | "SOCIAL_SIGN_IN_INVALID",
): unknown {
  if (!(error instanceof ProviderError)) return error;
  log.warn({ failure: error.failure, reason: reasonsOf(error) }, "sign-in at a provider failed");
  switch (error.failure) {
    case "denied":
      return new GatehouseError("SOCIAL_SIGN_IN_DENIED");
    case "unavailable":
      return new GatehouseError("SOCIAL_PROVIDER_UNAVAILABLE");
    case "invalid":
      return new GatehouseError(invalid);
    case "unsupported":
      return new GatehouseError("INVALID_INPUT", { detail: error.message });
  }
}

/** The messages of an error and its causes. The errors of libraries also hold the responses, with tokens in them. */
function reasonsOf(error: unknown): string {
  return error instanceof Error ? [error.message, reasonsOf(error.cause)].filter((text) => text !== "").join(": ") : "";
}
