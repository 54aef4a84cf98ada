import type { z } from "zod";
import { GatehouseError } from "../../errors.ts";
import type { Context, CookieWriter, SessionCookies } from "../../rpc/context.ts";
import type { SecondFactorRequired } from "../mfa/challenge.ts";
import type { IssuedSession } from "./issue.ts";
import type { cookieSessionSchema } from "./schema.ts";
import type { SignedIn } from "./sign-in.ts";
import type { transportSchema } from "./sign-in-schema.ts";

type CookieSession = z.output<typeof cookieSessionSchema>;

type Transport = z.output<typeof transportSchema>;

/** A sign-in as the response contains it: without tokens if they are in cookies. */
type SignInResponse<Answer extends SignedIn> = Answer | (Omit<Answer, "session"> & { readonly session: CookieSession });

/** A result as the response contains it. */
type InResponse<Result> = Result extends SignedIn ? SignInResponse<Result> : Result;

/** There is no session yet: the caller has to prove something by a link or a code, or a second factor. */
type Pending = { readonly status: "verification_sent" | "code_sent" } | SecondFactorRequired;

/**
 * Signs in and returns the tokens by the transport that the caller chose. A caller that may not have cookies is refused
 * before the sign-in. Throws `ORIGIN_NOT_ALLOWED` and `INVALID_REQUEST`.
 */
export async function withTransport<Result extends SignedIn | Pending>(
  cookies: SessionCookies,
  transport: Transport,
  signIn: () => Promise<Result>,
): Promise<InResponse<Result>>;
export async function withTransport(
  cookies: SessionCookies,
  transport: Transport,
  signIn: () => Promise<SignedIn | Pending>,
): Promise<SignInResponse<SignedIn> | Pending> {
  const writer = transport === "cookie" ? cookies.open() : undefined;
  const signedIn = await signIn();
  if (writer === undefined || signedIn.status !== "signed_in") return signedIn;
  return { ...signedIn, session: moveToCookies(writer, signedIn.session) };
}

/**
 * Refreshes with the token of the cookie or the body, and returns the new tokens the same way. Clears the cookies if their
 * token is refused for good. Throws `CREDENTIALS_CONFLICT` if cookie and body differ, and `REFRESH_TOKEN_INVALID` if neither
 * has a token.
 */
export async function refreshWithTransport(
  cookies: SessionCookies,
  bodyToken: string | undefined,
  refresh: (token: string) => Promise<IssuedSession>,
): Promise<IssuedSession | CookieSession> {
  const cookieToken = cookies.read("refresh");
  if (cookieToken === undefined) return await refresh(bodyToken ?? throwMissingToken());
  if (bodyToken !== undefined && bodyToken !== cookieToken) throw new GatehouseError("CREDENTIALS_CONFLICT");
  const writer = cookies.open();
  return moveToCookies(writer, await clearOnRefusal(writer, () => refresh(cookieToken)));
}

function throwMissingToken(): never {
  throw new GatehouseError("REFRESH_TOKEN_INVALID", {
    detail: "No refresh token came: send it as refreshToken, or the cookie that the sign-in set.",
  });
}

/**
 * Ends a session and clears the cookies, even if their session has ended before. The refresh cookie alone is enough. Beside an
 * `Authorization` header it is ignored: it may belong to another session.
 */
export async function signOut(
  { cookies, request }: Pick<Context, "cookies" | "request">,
  end: (refreshToken: string | undefined) => Promise<void>,
): Promise<void> {
  const refreshToken = request.authorization === undefined ? cookies.read("refresh") : undefined;
  if (refreshToken === undefined && cookies.read("access") === undefined) return await end(undefined);
  const writer = cookies.open();
  await clearOnRefusal(writer, () => end(refreshToken));
  writer.clear();
}

/** Clears the cookies if the call fails with 401. After any other failure the cookies may still work. */
async function clearOnRefusal<T>(writer: CookieWriter, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof GatehouseError && error.status === 401) writer.clear();
    throw error;
  }
}

function moveToCookies(writer: CookieWriter, session: IssuedSession): CookieSession {
  writer.set(session);
  const { id, issuedAt, accessTokenExpiresAt, refreshTokenExpiresAt } = session;
  return { id, issuedAt, accessTokenExpiresAt, refreshTokenExpiresAt };
}
