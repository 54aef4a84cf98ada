import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import { addSeconds, type Clock } from "../../clock.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { digestSecret, matchesDigest } from "../../crypto/secret-digest.ts";
import type { Database, DatabaseTransaction } from "../../database/connection.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import type { Logger } from "../../logging/logger.ts";
import { parseRedirect, type RedirectRules, withParameters } from "../../redirect-targets.ts";
import { lockUser, type UserRow } from "../../user/store.ts";
import type { Actor } from "../session/actor.ts";
import { readSession } from "../session/authenticate.ts";
import { authenticatedAtOf, setAuthenticatedAt } from "../session/current-session.ts";
import { type EndSessionDeps, endSessions } from "../session/end.ts";
import { lockSessionsAndDevices } from "../session/lock-order.ts";
import { isSignInMethod } from "../session/methods.ts";
import { type SignIn, type SignInDeps, type SignInResult, signIn } from "../session/sign-in.ts";
import { type VerifyRefreshTokenDeps, verifyRefreshToken } from "../session/verify-refresh-token.ts";
import type { createSignInCodeInput, createSignInCodeOutput, exchangeSignInCodeInput } from "./schema.ts";
import { findCode, insertCode, type SignInCodeRow, setSession, takeCode } from "./store.ts";

/** What issuing a code needs. */
export interface SignInCodeDeps {
  readonly config: RedirectRules;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How long a code works, in seconds: the app gets it by a redirect, and exchanges it at once. */
const codeTtlSeconds = 60;

const codeBytes = 32;

/** A user who proved who they are, and the app that shall get a session for them. */
export interface ProvenSignIn {
  /** The internal id. */
  readonly userId: string;
  /** RFC 8176 names, such as `pwd`. */
  readonly methods: readonly string[];
  /** When they proved it. The new session counts as no more recently proven. */
  readonly authenticatedAt: Date;
  /** The internal id of the session that hands its sign-in over. Default: there is none. */
  readonly sourceSessionId?: string;
  readonly redirectTo: string;
  /** The challenge of the app's verifier (RFC 7636, S256). */
  readonly codeChallenge: string;
}

type IssuedSignInCode = z.output<typeof createSignInCodeOutput>;

/**
 * Issues a code for a user who proved who they are, and returns the address of the app with the code. No token is ever in an
 * address: somebody who reads this one can do nothing without the app's verifier. Throws `REDIRECT_NOT_ALLOWED`.
 */
export async function issueSignInCode(
  deps: SignInCodeDeps,
  db: Database,
  { userId, methods, authenticatedAt, sourceSessionId, redirectTo, codeChallenge }: ProvenSignIn,
): Promise<IssuedSignInCode> {
  const target = requireRedirect(deps.config, redirectTo);
  const code = deps.random.bytes(codeBytes).toString("base64url");
  const expiresAt = addSeconds(deps.clock.now(), codeTtlSeconds);
  await insertCode(db, {
    digest: digestSecret(code),
    user_id: userId,
    source_session_id: sourceSessionId ?? null,
    methods: [...methods],
    authenticated_at: authenticatedAt,
    challenge: Buffer.from(codeChallenge, "base64url"),
    expires_at: expiresAt,
  });
  return { redirectTo: withParameters(target, { code }), expiresAt };
}

/** Returns the address as parsed. Throws `REDIRECT_NOT_ALLOWED` if no sign-in may continue there. */
export function requireRedirect(rules: RedirectRules, redirectTo: string): URL {
  const target = parseRedirect(rules, redirectTo);
  if (target === undefined) throw new GatehouseError("REDIRECT_NOT_ALLOWED");
  return target;
}

/**
 * Issues a code for the caller's own sign-in, as a sign-in page does for the app behind it. The call must come with the refresh
 * token of its session: somebody who has only copied an access token, which ends within minutes, could get a lasting session
 * otherwise. Throws `REDIRECT_NOT_ALLOWED` and `REFRESH_TOKEN_INVALID`.
 */
export async function handOverSignIn(
  deps: SignInCodeDeps & VerifyRefreshTokenDeps,
  actor: Actor,
  { redirectTo, codeChallenge, refreshToken }: z.output<typeof createSignInCodeInput>,
): Promise<IssuedSignInCode> {
  const verified = refreshToken === undefined ? undefined : await verifyRefreshToken(deps, refreshToken);
  if (verified?.session.id !== actor.session.id) throw new GatehouseError("REFRESH_TOKEN_INVALID");
  const session = await readSession(deps, actor);
  return await issueSignInCode(deps, deps.db, {
    userId: actor.userId,
    methods: session.methods,
    authenticatedAt: authenticatedAtOf(session),
    sourceSessionId: session.id,
    redirectTo,
    codeChallenge,
  });
}

/** What exchanging a code needs. */
export type ExchangeDeps = SignInDeps & EndSessionDeps & { readonly db: Database; readonly log: Logger };

type Presented = Pick<z.output<typeof exchangeSignInCodeInput>, "code" | "codeVerifier">;

/**
 * Exchanges a code for a session, as a login would start it. A code works once. A caller who presents it again with the right verifier
 * has copied both, or the first caller had, so the session that it gave ends (RFC 6749, 4.1.2). A wrong verifier does not use the
 * code up, and ends nothing. Throws `SIGN_IN_CODE_INVALID` and `ACCOUNT_DISABLED`.
 */
export async function exchangeSignInCode(deps: ExchangeDeps, presented: Presented, how: SignIn): Promise<SignInResult> {
  const digest = digestSecret(presented.code);
  const code = await findCode(deps.db, digest);
  if (code === undefined || !matchesDigest(presented.codeVerifier, code.challenge)) {
    throw new GatehouseError("SIGN_IN_CODE_INVALID");
  }
  const signedIn = await inRetriedTransaction(deps.db, async (trx) => {
    const user = await lockUser(trx, code.user_id);
    await lockSessionsAndDevices(trx, { userId: code.user_id, device: how.device });
    const isTaken = user !== undefined && (await takeCode(trx, digest, deps.clock.now()));
    if (isTaken) return await startSessionOf(deps, trx, { code, user, how });
    await endReplayed(deps, trx, digest);
    return undefined;
  });
  // After the commit: the session that a replayed code gave stays ended.
  if (signedIn === undefined) throw new GatehouseError("SIGN_IN_CODE_INVALID");
  return signedIn;
}

async function startSessionOf(
  deps: ExchangeDeps,
  trx: DatabaseTransaction,
  { code, user, how }: { readonly code: SignInCodeRow; readonly user: UserRow; readonly how: SignIn },
): Promise<SignInResult> {
  if (user.status !== "active") throw new GatehouseError("ACCOUNT_DISABLED");
  const signingIn = inNameOf(deps, user.public_id);
  const signedIn = await signIn(signingIn, trx, { user, ...how, methods: code.methods.filter(isSignInMethod) });
  if (signedIn.status !== "signed_in") return signedIn;
  const sessionId = await setAuthenticatedAt(trx, { publicId: signedIn.session.id, at: code.authenticated_at });
  if (sessionId !== undefined) await setSession(trx, code.digest, sessionId);
  return signedIn;
}

async function endReplayed(deps: ExchangeDeps, trx: DatabaseTransaction, digest: Uint8Array): Promise<void> {
  const code = await findCode(trx, digest);
  if (code === undefined || code.session_id === null) return;
  const { user_id: userId, session_id: only } = code;
  await endSessions(deps, trx, { userId, reason: "sign_in_code_reused", only });
  deps.log.warn({ userId }, "sign-in code reused, its session ended");
}
