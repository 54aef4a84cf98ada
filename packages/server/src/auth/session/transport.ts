import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import type { Context, CookieWriter, SessionCookies } from "../../rpc/context.ts";
import type { cookieSessionSchema } from "./schema.ts";
import type { IssuedSession } from "./service.ts";
import type { SignedIn } from "./sign-in.ts";
import type { transportSchema } from "./sign-in-schema.ts";

type CookieSession = z.output<typeof cookieSessionSchema>;

type Transport = z.output<typeof transportSchema>;

/** A sign-in as its caller is told of it. */
type ToldSignIn = Omit<SignedIn, "session"> & { readonly session: IssuedSession | CookieSession };

/** What leads to a sign-in later. */
interface Pending {
  readonly status: "verification_sent";
}

/**
 * Signs in, and answers the way that the caller asked for. Whoever may have no cookies is refused before anything is
 * done: throws `ORIGIN_NOT_ALLOWED` and `INVALID_REQUEST`.
 */
export async function withTransport(
  cookies: SessionCookies,
  transport: Transport,
  signIn: () => Promise<SignedIn>,
): Promise<ToldSignIn>;
export async function withTransport(
  cookies: SessionCookies,
  transport: Transport,
  signIn: () => Promise<SignedIn | Pending>,
): Promise<ToldSignIn | Pending>;
export async function withTransport(
  cookies: SessionCookies,
  transport: Transport,
  signIn: () => Promise<SignedIn | Pending>,
): Promise<ToldSignIn | Pending> {
  const writer = transport === "cookie" ? cookies.open() : undefined;
  const answer = await signIn();
  if (writer === undefined || answer.status !== "signed_in") return answer;
  return { ...answer, session: putInto(writer, answer.session) };
}

/**
 * Refreshes by the token in the cookie or the body, and answers the way it came. A cookie that is refused for good is
 * cleared. Throws `CREDENTIALS_CONFLICT` where there are two that differ, and `REFRESH_TOKEN_INVALID` where there is none.
 */
export async function refreshWithTransport(
  cookies: SessionCookies,
  given: string | undefined,
  refresh: (token: string) => Promise<IssuedSession>,
): Promise<IssuedSession | CookieSession> {
  const inCookie = cookies.read("refresh");
  if (inCookie === undefined) return await refresh(given ?? refuseWithout());
  if (given !== undefined && given !== inCookie) throw new GatehouseError("CREDENTIALS_CONFLICT");
  const writer = cookies.open();
  return putInto(writer, await clearingWhenRefused(writer, () => refresh(inCookie)));
}

function refuseWithout(): never {
  throw new GatehouseError("REFRESH_TOKEN_INVALID", {
    detail: "No refresh token came: send it as refreshToken, or the cookie that the sign-in set.",
  });
}

/**
 * Ends a session, for which its refresh cookie is enough, and clears the cookies; they go too where they were of no session
 * any more. A refresh cookie beside an `Authorization` header is not looked at: it may be of another session.
 */
export async function signOut(
  { cookies, request }: Pick<Context, "cookies" | "request">,
  end: (refreshToken: string | undefined) => Promise<void>,
): Promise<void> {
  const refreshToken = request.authorization === undefined ? cookies.read("refresh") : undefined;
  if (refreshToken === undefined && cookies.read("access") === undefined) return await end(undefined);
  const writer = cookies.open();
  await clearingWhenRefused(writer, () => end(refreshToken));
  writer.clear();
}

/** What cannot be answered now may be answered later: only a definite refusal says that the cookies are worthless. */
async function clearingWhenRefused<T>(writer: CookieWriter, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof GatehouseError && error.status === 401) writer.clear();
    throw error;
  }
}

function putInto(writer: CookieWriter, session: IssuedSession): CookieSession {
  writer.set(session);
  const { id, issuedAt, accessTokenExpiresAt, refreshTokenExpiresAt } = session;
  return { id, issuedAt, accessTokenExpiresAt, refreshTokenExpiresAt };
}
