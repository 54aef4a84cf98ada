import { pageOrigin } from "./cookies.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { type Account, type RestResponse, rest } from "./rest.ts";
import { type Deviation, SoftwareAuthenticator } from "./software-authenticator.ts";

type SignedIn = Pick<Account, "accessToken">;
type Fields = Readonly<Record<string, unknown>>;

/** An authenticator in a browser that shows the page of the tests' servers. */
export function newAuthenticator(options: { readonly isSynced?: boolean; readonly aaguid?: string } = {}) {
  return new SoftwareAuthenticator({ origin: pageOrigin, ...options });
}

/** Asks for the options to make a passkey. */
export function askForCreation({ url }: Pick<TestGatehouse, "url">, { accessToken: token }: SignedIn) {
  return rest(url, "/v1/auth/passkeys/options", { method: "POST", token });
}

/** Sends a new passkey. */
export function sendPasskey(
  { url }: Pick<TestGatehouse, "url">,
  { accessToken: token }: SignedIn,
  body: Fields,
): Promise<RestResponse> {
  return rest(url, "/v1/auth/passkeys", { token, body });
}

/** Adds a passkey to the account, and returns what the server says about it. */
export async function addPasskey(
  server: Pick<TestGatehouse, "url">,
  account: SignedIn,
  { authenticator = newAuthenticator(), ...fields }: { authenticator?: SoftwareAuthenticator; name?: string } = {},
) {
  const options = await askForCreation(server, account);
  if (options.status !== 200)
    throw new Error(`The options answered ${options.status}: ${JSON.stringify(options.body)}`);
  const { status, body } = await sendPasskey(server, account, {
    credential: authenticator.create(options.body),
    ...fields,
  });
  if (status !== 201) throw new Error(`The passkey answered ${status}: ${JSON.stringify(body)}`);
  return { id: String(body.id), passkey: body, authenticator };
}

/** Asks for the options to sign in. */
export async function askForSignIn({ url }: Pick<TestGatehouse, "url">): Promise<unknown> {
  return (await rest(url, "/v1/auth/passkeys/login/options", { method: "POST" })).body;
}

/** Signs in with a passkey of the authenticator, by default its newest. */
export async function signInWith(
  server: Pick<TestGatehouse, "url">,
  authenticator: SoftwareAuthenticator,
  deviation: Deviation = {},
  fields: Fields = {},
): Promise<RestResponse> {
  const credential = authenticator.get(await askForSignIn(server), deviation);
  return await rest(server.url, "/v1/auth/passkeys/login", { body: { credential, ...fields } });
}

/** The owner's list. */
export async function listPasskeys({ url }: Pick<TestGatehouse, "url">, { accessToken: token }: SignedIn) {
  return await rest(url, "/v1/auth/passkeys", { token });
}

/** Removes a passkey. */
export function removePasskey({ url }: Pick<TestGatehouse, "url">, { accessToken: token }: SignedIn, id: string) {
  return rest(url, `/v1/auth/passkeys/${id}`, { method: "DELETE", token });
}

/** Makes an account that has nothing but a passkey: no password and no proven address. */
export async function leaveOnlyPasskeys({ gatehouse }: TestGatehouse, userId: string): Promise<void> {
  const { db } = gatehouse.deps;
  const { id } = await db.selectFrom("user").select("id").where("public_id", "=", userId).executeTakeFirstOrThrow();
  await db.deleteFrom("password").where("user_id", "=", id).execute();
  await db.updateTable("user").set({ email_verified_at: null }).where("id", "=", id).execute();
}
