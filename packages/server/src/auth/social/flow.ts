import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { GatehouseError } from "../../errors.ts";
import { withParameters } from "../../redirect-targets.ts";
import type { Origin } from "../../user/service.ts";
import type { SignInResult } from "../session/sign-in.ts";
import { requireRedirect } from "../sign-in-code/service.ts";
import { sealLinkCode } from "./link-code.ts";
import type { IdentityProof } from "./proof.ts";
import { ProviderError } from "./provider.ts";
import type { startFlowInput } from "./schema.ts";
import { openSealed, sealText } from "./sealed-text.ts";
import { issueCodeByIdentity, refusalOf, type SocialDeps, signInByIdentity } from "./service.ts";

/** How long somebody may take at the provider, in seconds. */
export const flowTtlSeconds = 600;

const context = "social sign-in";

const secretBytes = 32;

/**
 * What the browser that began a sign-in keeps in a cookie, sealed. It binds the sign-in to this browser and this provider, without
 * a row that strangers could have made by the thousand.
 */
const flowSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  redirectTo: z.string(),
  mode: z.enum(["sign_in", "link"]),
  /** The app's challenge; without one the session comes in cookies. */
  codeChallenge: z.string().optional(),
  remember: z.boolean(),
  expiresAt: z.coerce.date(),
});

type Flow = z.output<typeof flowSchema>;

/** Where the browser goes, and what it keeps. */
interface StartedFlow {
  readonly url: URL;
  /** The content of the cookie. */
  readonly sealed: string;
  /** Whether the provider sends the browser back by a cross-site POST, to which only `SameSite=None` cookies come. */
  readonly usesFormPost: boolean;
}

type FlowDeps = SocialDeps & { readonly config: Pick<Config, "publicUrl" | "allowedRedirects"> };

/**
 * Begins a sign-in at a provider. Throws `NOT_FOUND` for a provider that is not configured, and `REDIRECT_NOT_ALLOWED`; any other
 * refusal is of {@link refusalOf}.
 */
export async function startFlow(
  deps: FlowDeps,
  name: string,
  input: z.output<typeof startFlowInput>,
): Promise<StartedFlow> {
  const { redirectTo, mode, codeChallenge, remember } = input;
  const provider = await deps.socialProviders.get(name);
  requireRedirect(deps.config, redirectTo);
  const [state, nonce, codeVerifier] = [secretOf(deps), secretOf(deps), secretOf(deps)];
  const expiresAt = addSeconds(deps.clock.now(), flowTtlSeconds);
  const flow: Flow = {
    provider: name,
    state,
    nonce,
    codeVerifier,
    redirectTo,
    mode,
    codeChallenge,
    remember,
    expiresAt,
  };
  const request = { state, nonce, codeChallenge: challengeOf(codeVerifier), redirectUri: callbackOf(deps, name) };
  try {
    const url = await provider.authorizationUrl(request);
    return { url, sealed: sealText(deps.keyRing, flow, context), usesFormPost: provider.usesFormPost };
  } catch (error) {
    throw refusalOf(deps, error, "SOCIAL_SIGN_IN_INVALID");
  }
}

function secretOf({ random }: Pick<SocialDeps, "random">): string {
  return random.bytes(secretBytes).toString("base64url");
}

function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** The address to which providers send browsers back; it is registered at each of them. */
function callbackOf({ config }: Pick<FlowDeps, "config">, name: string): string {
  return `${config.publicUrl}/v1/auth/social/${name}/callback`;
}

/** What a browser brings back. */
interface FlowReturn {
  readonly provider: string;
  /** The content of its cookie; `undefined` if it has none. */
  readonly sealed: string | undefined;
  readonly parameters: URLSearchParams;
  readonly origin: Origin;
}

/** Where the browser goes next, and what it gets in cookies: a session, or the challenge of a second factor. */
interface FinishedFlow {
  readonly redirectTo: string;
  readonly signedIn?: SignInResult;
}

/**
 * Finishes a sign-in at a provider, and returns the app's address with a code, with nothing for a session in cookies, or with
 * `error`. For a session in cookies of an account with a second factor, it returns the page to sign in, which asks for it. Throws
 * `SOCIAL_SIGN_IN_INVALID` if this browser began no sign-in at this provider lately: then there is no address.
 */
export async function finishFlow(deps: FlowDeps, returned: FlowReturn): Promise<FinishedFlow> {
  const flow = openFlow(deps, returned);
  try {
    const proof = await proofOf(deps, flow, returned);
    return await proceed(deps, flow, { proof, origin: returned.origin });
  } catch (error) {
    const refusal = refusalOf(deps, error, "SOCIAL_SIGN_IN_INVALID");
    if (!(refusal instanceof GatehouseError)) throw refusal;
    return { redirectTo: withParameters(requireRedirect(deps.config, flow.redirectTo), { error: refusal.code }) };
  }
}

function openFlow(deps: FlowDeps, { sealed, provider }: FlowReturn): Flow {
  const flow = sealed === undefined ? undefined : openSealed(deps.keyRing, { sealed, context, schema: flowSchema });
  if (flow === undefined || flow.provider !== provider || flow.expiresAt <= deps.clock.now()) {
    throw new GatehouseError("SOCIAL_SIGN_IN_INVALID");
  }
  return flow;
}

async function proofOf(deps: FlowDeps, flow: Flow, { parameters }: FlowReturn): Promise<IdentityProof> {
  const { state, nonce, codeVerifier } = flow;
  if (!isSame(parameters.get("state") ?? "", state)) throw new ProviderError("invalid", "The state is another");
  const provider = await deps.socialProviders.get(flow.provider);
  const redirectUri = callbackOf(deps, flow.provider);
  return await provider.redeem({ parameters, state, nonce, codeVerifier, redirectUri });
}

function isSame(presented: string, expected: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

async function proceed(
  deps: FlowDeps,
  { mode, redirectTo, codeChallenge, remember }: Flow,
  { proof, origin }: { readonly proof: IdentityProof; readonly origin: Origin },
): Promise<FinishedFlow> {
  if (codeChallenge === undefined) {
    const signedIn = await signInByIdentity(deps, proof, { remember, origin });
    return { redirectTo: signedIn.status === "signed_in" ? redirectTo : secondFactorPage(deps, redirectTo), signedIn };
  }
  if (mode === "sign_in") {
    return { redirectTo: await issueCodeByIdentity(deps, { proof, origin }, { redirectTo, codeChallenge }) };
  }
  const code = sealLinkCode(deps, proof, codeChallenge);
  return { redirectTo: withParameters(requireRedirect(deps.config, redirectTo), { code }) };
}

/** The page to sign in, which goes on to the address afterwards. */
function secondFactorPage({ config }: Pick<FlowDeps, "config">, redirectTo: string): string {
  return withParameters(new URL("/sign-in", config.publicUrl), { return_to: redirectTo });
}
