import type { TestGatehouse } from "./gatehouse.ts";
import { registerAccount, rest } from "./rest.ts";

/** The origin whose pages may use cookies on test servers: their `PUBLIC_URL`. */
export const pageOrigin = "http://gatehouse.test";

export const accessCookie = "__Host-gatehouse-access";
export const refreshCookie = "__Host-gatehouse-refresh";

/** A cookie that an answer sets. */
export interface SetCookie {
  readonly value: string;
  /** Sorted, as in `["HttpOnly", "Max-Age=900", …]`. */
  readonly attributes: readonly string[];
}

/** The cookies that an answer sets, by name. */
export function cookiesSetBy({ headers }: { readonly headers: Headers }): Readonly<Record<string, SetCookie>> {
  const cookies = headers.getSetCookie().map((line) => {
    const [pair = "", ...attributes] = line.split("; ");
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    return [name, { value, attributes: attributes.toSorted() }] as const;
  });
  return Object.fromEntries(cookies);
}

/** Cookies as a browser sends them from an allowed page. */
export function send(cookies: Readonly<Record<string, string>>, origin = pageOrigin): Record<string, string> {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return { cookie: cookie.join("; "), origin };
}

/** A user who is signed in with cookies. */
export interface CookieAccount {
  readonly email: string;
  readonly password: string;
  readonly sessionId: string;
  readonly access: string;
  readonly refresh: string;
  /** What the browser sends. */
  readonly headers: Record<string, string>;
}

/** Registers a new user, and signs them in with cookies. */
export async function signInWithCookies(url: string): Promise<CookieAccount> {
  const { email, password } = await registerAccount(url);
  const body = { identifier: email, password, transport: "cookie" };
  const answer = await rest(url, "/v1/auth/login", { body, headers: { origin: pageOrigin } });
  const cookies = cookiesSetBy(answer);
  const access = cookies[accessCookie]?.value;
  const refresh = cookies[refreshCookie]?.value;
  if (access === undefined || refresh === undefined) throw new Error(`No cookies came: ${JSON.stringify(answer.body)}`);
  const headers = send({ [accessCookie]: access, [refreshCookie]: refresh });
  return { email, password, sessionId: answer.body.session.id, access, refresh, headers };
}

/** How many sessions were started with this address. */
export async function countSessions({ database }: TestGatehouse, email: string) {
  const count = `select count(*)::int from session join "user" on "user".id = session.user_id where email = $1`;
  return await database?.query(count, [email]);
}
