import { type Account, type RestResponse, rest } from "./rest.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A new key, and the data that its owner can read later. */
export interface MadeApiKey {
  readonly id: string;
  readonly prefix: string;
  /** The key itself. */
  readonly secret: string;
}

/** Requests a key, by default with the scope to read the profile. */
export function askForApiKey(
  url: string,
  { accessToken }: Pick<Account, "accessToken">,
  fields: Fields = {},
): Promise<RestResponse> {
  const body = { name: "Nightly export", scopes: ["profile:read"], ...fields };
  return rest(url, "/v1/auth/api-keys", { token: accessToken, body });
}

/** Makes a key. */
export async function makeApiKey(
  url: string,
  account: Pick<Account, "accessToken">,
  fields: Fields = {},
): Promise<MadeApiKey> {
  const { status, body } = await askForApiKey(url, account, fields);
  if (status !== 201) throw new Error(`The key was answered with ${status}: ${JSON.stringify(body)}`);
  return { id: body.apiKey.id, prefix: body.apiKey.prefix, secret: body.secret };
}

/** The owner's list. */
export function listApiKeys(url: string, { accessToken }: Pick<Account, "accessToken">, query: Fields = {}) {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return rest(url, `/v1/auth/api-keys?${search}`, { token: accessToken });
}

/** Revokes a key. */
export function revokeApiKey(url: string, { accessToken }: Pick<Account, "accessToken">, id: string) {
  return rest(url, `/v1/auth/api-keys/${id}`, { method: "DELETE", token: accessToken });
}

/** Calls `user.me` as a machine. */
export function readProfile(url: string, secret: string): Promise<RestResponse> {
  return rest(url, "/v1/users/me", { token: secret });
}
