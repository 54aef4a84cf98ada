import { TOTP } from "otpauth";
import type { TestGatehouse } from "./gatehouse.ts";
import { addPasskey } from "./passkeys.ts";
import { type Account, type RestResponse, registerAccount, rest } from "./rest.ts";
import type { Deviation, SoftwareAuthenticator } from "./software-authenticator.ts";

type Server = Pick<TestGatehouse, "url" | "clock">;

/** An account with an authenticator app. */
export interface ProtectedAccount {
  readonly email: string;
  readonly password: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly recoveryCodes: readonly string[];
  /** The code that the app shows now, by the server's clock. */
  code(): string;
}

/** Sets up an authenticator app for a session that proved lately who it is. */
export async function addAuthenticator(
  { url, clock }: Server,
  token: string,
): Promise<Pick<ProtectedAccount, "recoveryCodes" | "code">> {
  const { body: enrolled } = await rest(url, "/v1/auth/mfa/totp", { method: "POST", token });
  const code = () => codeOf(enrolled.secret, clock);
  const { status, body } = await rest(url, "/v1/auth/mfa/totp/confirm", { token, body: { code: code() } });
  if (status !== 200) throw new Error(`The app was not confirmed: ${JSON.stringify(body)}`);
  // The code that confirmed it is used up.
  clock.advance(30);
  return { recoveryCodes: body.recoveryCodes, code };
}

/** The code that an app with the secret shows now. */
export function codeOf(secret: string, clock: Pick<TestGatehouse["clock"], "now">): string {
  return new TOTP({ secret }).generate({ timestamp: clock.now().getTime() });
}

/** Registers an account and sets up its app. */
export async function registerProtected(server: Server): Promise<ProtectedAccount> {
  const { email, password, userId, accessToken } = await registerAccount(server.url);
  return { email, password, userId, accessToken, ...(await addAuthenticator(server, accessToken)) };
}

/** Proves the password of an account; the answer may ask for the second factor. */
export async function login(
  { url }: Pick<Server, "url">,
  { email, password }: Pick<ProtectedAccount, "email" | "password">,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<RestResponse> {
  return await rest(url, "/v1/auth/login", { body: { identifier: email, password, ...fields } });
}

/** Answers the challenge of a sign-in. */
export async function answer(
  { url }: Pick<Server, "url">,
  challenge: string,
  factor: Readonly<Record<string, unknown>>,
): Promise<RestResponse> {
  return await rest(url, "/v1/auth/mfa/verify", { body: { challenge, ...factor } });
}

/** Signs in with password and code. */
export async function signInWithCode(server: Server, account: ProtectedAccount): Promise<RestResponse> {
  const { body } = await login(server, account);
  return await answer(server, body.challenge, { code: account.code() });
}

/** Makes sign-ins of the account take a passkey, which is added if the account has none, and returns its recovery codes. */
export async function takePasskeys(
  server: Pick<Server, "url">,
  account: Pick<Account, "accessToken">,
  authenticator?: SoftwareAuthenticator,
) {
  const added = await addPasskey(server, account, authenticator === undefined ? {} : { authenticator });
  const request = { method: "POST", token: account.accessToken };
  const { status, body } = await rest(server.url, "/v1/auth/mfa/passkeys", request);
  if (status !== 200) throw new Error(`Passkeys were not taken: ${JSON.stringify(body)}`);
  return { ...added, recoveryCodes: body.recoveryCodes as readonly string[] };
}

/** Asks for the options to answer a challenge by a passkey. */
export async function passkeyOptions({ url }: Pick<Server, "url">, challenge: string): Promise<RestResponse> {
  return await rest(url, "/v1/auth/mfa/passkey/options", { body: { challenge } });
}

/** Answers the challenge of a sign-in by the newest passkey of the authenticator. */
export async function answerByPasskey(
  server: Pick<Server, "url">,
  challenge: string,
  { authenticator, ...deviation }: Deviation & { readonly authenticator: SoftwareAuthenticator },
): Promise<RestResponse> {
  const { body } = await passkeyOptions(server, challenge);
  return await answer(server, challenge, { passkey: authenticator.get(body, deviation) });
}
