import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import type { TestGatehouse } from "../gatehouse.ts";
import { codeInAddress, exchange, newPkce, type Pkce } from "../sign-in-codes.ts";
import { clientSecret } from "./id-tokens.ts";
import type { LocalProvider, Person } from "./provider.ts";

/** The settings of the imitated providers. */
export const google = { kind: "google", clientId: "google-web", nativeClientIds: ["google-ios"], clientSecret };
export const apple = {
  kind: "apple",
  clientId: "com.example.web",
  nativeClientIds: ["com.example.app"],
  teamId: "TEAM567890",
  keyId: "KEY4567890",
  privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
};
export const github = { kind: "github", clientId: "github-web", clientSecret };
export const facebook = { kind: "facebook", clientId: "facebook-app", clientSecret };
export const microsoft = { kind: "microsoft", clientId: "microsoft-web", clientSecret };
export const company = {
  kind: "oidc",
  name: "company",
  issuer: "https://issuer.example",
  clientId: "company-web",
  clientSecret,
  provesEmails: true,
};

/** Where the app of the tests goes on; test servers allow every loopback address. */
export const appAddress = "http://localhost:5173/signed-in";

/** An answer to a navigation, whose redirect is not followed. */
export interface Navigation {
  readonly status: number;
  readonly location: string;
  readonly cookies: readonly string[];
  readonly response: Response;
}

/** The code of a problem document. */
export async function problemIn(response: Response): Promise<string> {
  return z.object({ code: z.string() }).parse(await response.json()).code;
}

/** Navigates like a browser. */
export async function navigate(url: string, init: RequestInit = {}): Promise<Navigation> {
  const response = await fetch(url, { redirect: "manual", ...init });
  const location = response.headers.get("location") ?? "";
  return { status: response.status, location, cookies: response.headers.getSetCookie(), response };
}

interface StartOptions {
  readonly provider?: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** Begins a sign-in, by default at Google, with a session in cookies. */
export async function begin({ url }: TestGatehouse, { provider = "google", query = {} }: StartOptions = {}) {
  const parameters = new URLSearchParams({ redirectTo: appAddress, ...query });
  const started = await navigate(`${url}/v1/auth/social/${provider}/start?${parameters}`);
  const cookie = started.cookies.map((line) => line.split(";", 1)[0]).join("; ");
  return { ...started, cookie };
}

interface ReturnOptions {
  readonly provider?: string;
  readonly cookie: string;
  readonly parameters: URLSearchParams;
  /** Default: by a redirect. */
  readonly isPosted?: boolean;
}

/** Comes back from the provider. */
export function comeBack({ url }: TestGatehouse, options: ReturnOptions): Promise<Navigation> {
  const { provider = "google", cookie, parameters, isPosted = false } = options;
  const address = `${url}/v1/auth/social/${provider}/callback`;
  const headers = { cookie, "sec-fetch-site": "cross-site" };
  if (!isPosted) return navigate(`${address}?${parameters}`, { headers });
  return navigate(address, {
    method: "POST",
    headers: { ...headers, origin: "https://provider.example" },
    body: parameters,
  });
}

interface PersonAt extends StartOptions {
  readonly local: LocalProvider;
  readonly person: Person;
  readonly isPosted?: boolean;
}

/** Goes through a whole sign-in in a browser, with a session in cookies unless the query has a challenge. */
export async function signInAt(
  server: TestGatehouse,
  { local, person, isPosted, ...start }: PersonAt,
): Promise<Navigation> {
  const { location, cookie } = await begin(server, start);
  const parameters = local.authorize(location, person);
  return await comeBack(server, { ...start, cookie, parameters, ...(isPosted === undefined ? {} : { isPosted }) });
}

/** Goes through a whole sign-in of an app, and exchanges the code. */
export async function signInAppAt(server: TestGatehouse, { query, ...options }: PersonAt, pkce: Pkce = newPkce()) {
  const returned = await signInAt(server, { ...options, query: { codeChallenge: pkce.challenge, ...query } });
  const error = returned.location === "" ? null : new URL(returned.location).searchParams.get("error");
  if (error !== null || returned.location === "") return { error, status: returned.status, body: undefined };
  const { status, body } = await exchange(server.url, { ...pkce, code: codeInAddress(returned.location) });
  return { error: null, status, body };
}

/** The error with which a browser comes back to the app; `null` for none. */
export function errorIn(location: string): string | null {
  return new URL(location).searchParams.get("error");
}

let people = 1000;

/** Somebody with an address at Gmail that nobody has. */
export function anybody(claims: Readonly<Record<string, unknown>> = {}): Person & { readonly email: string } {
  people += 1;
  const email = typeof claims["email"] === "string" ? claims["email"] : `person-${crypto.randomUUID()}@gmail.com`;
  return { sub: String(people), email, claims: { email, email_verified: true, given_name: "Ada", ...claims } };
}
