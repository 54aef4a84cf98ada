import type { z } from "zod";
import { inNameOf } from "../audit/call.ts";
import type { Config } from "../config.ts";
import { inRetriedTransaction } from "../database/deadlock.ts";
import { GatehouseError } from "../errors.ts";
import { endHalfSignIns } from "../user/second-factors.ts";
import { getUser } from "../user/service.ts";
import { lockUser } from "../user/store.ts";
import { dropTokens } from "./one-time-token/store.ts";
import { findAccount, type RecoveryDeps, verifyPassword } from "./password/service.ts";
import { normalizeIdentifier } from "./phone/number.ts";
import type { credentialsSchema, statusOutput } from "./schema.ts";
import type { Actor } from "./session/actor.ts";
import { readSession } from "./session/authenticate.ts";
import { toCurrentSession } from "./session/current-session.ts";
import { endSessions } from "./session/end.ts";
import type { RefreshDeps } from "./session/refresh.ts";
import {
  isSignInHeard,
  type SignIn,
  type SignInDeps,
  type SignInResult,
  signIn,
  signInAlone,
} from "./session/sign-in.ts";
import { verifyRefreshToken } from "./session/verify-refresh-token.ts";

/** What signing in and signing out need. */
export type AuthDeps = RecoveryDeps &
  SignInDeps &
  RefreshDeps & { readonly config: Pick<Config, "registrationMode" | "stepUpMaxAgeSeconds"> };

/**
 * Signs in with a password. Throws `INVALID_CREDENTIALS` for a wrong password and for an unknown identifier, after the same
 * time; `ACCOUNT_DISABLED` and `EMAIL_NOT_VERIFIED`, only if the password is right; and `TOO_MANY_REQUESTS`.
 */
export async function login(
  deps: AuthDeps,
  credentials: z.output<typeof credentialsSchema>,
  how: SignIn,
): Promise<SignInResult> {
  const { password } = credentials;
  const identifier = await normalizeIdentifier(credentials.identifier);
  const { device, origin } = how;
  const { user, stored, isKnownDevice, needsNotice } = await findAccount(deps.db, { identifier, device, origin });
  const place = isKnownDevice ? `device ${device?.installationId}` : undefined;
  const attempt = { userId: user?.id ?? null, identifier, place, ip: origin.ip };
  const proof = await verifyPassword(deps, attempt, { password, stored });
  if (user === undefined || proof === undefined) throw new GatehouseError("INVALID_CREDENTIALS");
  // An account without an address has proven its number, or is from before that mode.
  const isUnproven = user.email !== null && user.email_verified_at === null;
  const mustVerify = deps.config.registrationMode === "verified" && isUnproven;
  const authenticated = { user, ...how, methods: ["pwd"] as const, passwordVersion: proof.version };
  const isComplete = user.second_factors.length === 0;
  const isAlone = isComplete && !mustVerify && !isSignInHeard(deps);
  const alone = isAlone ? await signInAlone(deps, { ...authenticated, needsNotice }) : undefined;
  if (alone !== undefined) return alone;
  return await inRetriedTransaction(deps.db, async (trx) => {
    const signedIn = await signIn(deps, trx, authenticated);
    // After the refusals of a sign-in, which come first; this one rolls it back.
    if (mustVerify) throw new GatehouseError("EMAIL_NOT_VERIFIED");
    return signedIn;
  });
}

/** A session and its user. */
type UserSession = Pick<Actor, "userId" | "userPublicId" | "session">;

/** The session of a refresh token. A replaced token is accepted too: a refresh with it would end the session as well. */
export async function findSessionOf(deps: AuthDeps, refreshToken: string): Promise<UserSession | undefined> {
  const session = (await verifyRefreshToken(deps, refreshToken))?.session;
  return session && { userId: session.user_id, userPublicId: session.user_public_id, session };
}

/** Ends a session; its device gets no more messages for the user. */
export async function logout(deps: AuthDeps, { userId, userPublicId, session }: UserSession): Promise<void> {
  const ended = { userId, reason: "logout", only: session.id, requestedId: session.public_id } as const;
  await inRetriedTransaction(deps.db, (trx) => endSessions(inNameOf(deps, userPublicId), trx, ended));
}

/** Ends every session of the actor and the trust in their devices, and withdraws a change of address that was requested in one of them. */
export async function logoutAll(deps: AuthDeps, { userId, session }: Actor): Promise<void> {
  await inRetriedTransaction(deps.db, async (trx) => {
    await lockUser(trx, userId);
    await endSessions(deps, trx, { userId, reason: "logout_all", requestedId: session.public_id });
    await dropTokens(trx, userId, ["confirm_email_change"]);
    await endHalfSignIns(deps, trx, userId);
  });
}

/** The signed-in user and their session. */
export async function getStatus(deps: AuthDeps, actor: Actor): Promise<z.output<typeof statusOutput>> {
  const [user, session] = await Promise.all([getUser(deps, actor.userId), readSession(deps, actor)]);
  return { user, session: toCurrentSession(deps, session) };
}
