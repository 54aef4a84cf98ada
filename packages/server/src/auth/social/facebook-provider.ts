import { createHmac } from "node:crypto";
import type { JWTVerifyGetKey } from "jose";
import * as client from "openid-client";
import { z } from "zod";
import type { ProviderSettingsOf } from "./config.ts";
import { verifyIdToken } from "./id-token.ts";
import { type ProviderOptions, toTokens } from "./open-id-provider.ts";
import type { IdentityProof } from "./proof.ts";
import type { AuthorizationRequest, AuthorizationResponse, NativeCredential, Provider } from "./provider.ts";
import { ProviderError } from "./provider.ts";
import { detoured, fetchJson } from "./provider-http.ts";
import { redeemCode } from "./redeem-code.ts";
import { remoteKeys } from "./remote-keys.ts";

const version = "v23.0";

/** Facebook Login on the web is OAuth 2.0 of its own kind, without id tokens. */
const server = {
  issuer: "https://www.facebook.com",
  authorization_endpoint: `https://www.facebook.com/${version}/dialog/oauth`,
  token_endpoint: `https://graph.facebook.com/${version}/oauth/access_token`,
};

const graph = `https://graph.facebook.com/${version}`;

/** The keys of the id tokens that iOS apps get by Limited Login. */
const limitedLoginKeys = "https://limited.facebook.com/.well-known/oauth/openid/jwks/";

const userSchema = z.object({
  id: z.string().regex(/^[0-9]{1,100}$/),
  email: z.string().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
});

const inspectionSchema = z.object({
  data: z.object({ app_id: z.string(), is_valid: z.boolean(), user_id: z.string().optional() }),
});

type FacebookOptions = ProviderOptions<ProviderSettingsOf<"facebook"> & { readonly name: string }>;

/**
 * Facebook. An address of an account proves nothing: Facebook does not say whether it was verified. Every access token is looked
 * up before it counts, since one that another app got is as good as ours otherwise.
 */
export class FacebookProvider implements Provider {
  readonly name: string;
  readonly usesFormPost = false;
  readonly #options: FacebookOptions;
  readonly #configuration: client.Configuration;
  readonly #keys: JWTVerifyGetKey;

  constructor(options: FacebookOptions) {
    const { settings, fetch, timeoutMillis } = options;
    this.name = settings.name;
    this.#options = options;
    const authentication = client.ClientSecretPost(settings.clientSecret);
    this.#configuration = new client.Configuration(server, settings.clientId, {}, authentication);
    this.#configuration[client.customFetch] = fetch;
    this.#configuration.timeout = timeoutMillis / 1000;
    this.#keys = remoteKeys(new URL(limitedLoginKeys), { fetch, timeoutMillis });
  }

  async authorizationUrl({ state, codeChallenge, redirectUri }: AuthorizationRequest): Promise<URL> {
    const { settings, detour } = this.#options;
    const scope = ["public_profile", "email", ...settings.scopes].join(",");
    const challenge = { code_challenge: codeChallenge, code_challenge_method: "S256" };
    const parameters = { redirect_uri: redirectUri, scope, state, ...challenge };
    return detoured(client.buildAuthorizationUrl(this.#configuration, parameters), detour);
  }

  async redeem(response: AuthorizationResponse): Promise<IdentityProof> {
    const tokens = await redeemCode(this.#configuration, response, false);
    const proof = await this.#verifyAccessToken(tokens.access_token);
    const kept = this.#options.settings.keepTokens ? toTokens(tokens, this.#options.clock.now()) : undefined;
    return { ...proof, tokens: kept };
  }

  async verifyNative({ idToken, nonce, accessToken }: NativeCredential): Promise<IdentityProof> {
    if (accessToken !== undefined) return await this.#verifyAccessToken(accessToken);
    if (idToken === undefined || nonce === undefined) {
      throw new ProviderError("unsupported", "Facebook takes an access token, or an id token with its nonce");
    }
    return await this.#verifyLimitedLogin(idToken, nonce);
  }

  async #verifyAccessToken(accessToken: string): Promise<IdentityProof> {
    const { clientId, clientSecret, nativeClientIds } = this.#options.settings;
    const { data } = await this.#get("/debug_token", inspectionSchema, {
      token: `${clientId}|${clientSecret}`,
      query: { input_token: accessToken },
    });
    const isOurs = data.is_valid && [clientId, ...nativeClientIds].includes(data.app_id);
    if (!isOurs) throw new ProviderError("invalid", "The token is not valid, or was issued to another app");
    const appsecret_proof = createHmac("sha256", clientSecret).update(accessToken).digest("hex");
    const query = { fields: "id,email,first_name,last_name", appsecret_proof };
    const user = await this.#get("/me", userSchema, { token: accessToken, query });
    if (user.id !== data.user_id) throw new ProviderError("invalid", "The token is of another user");
    return this.#toProof(user);
  }

  async #verifyLimitedLogin(idToken: string, nonce: string): Promise<IdentityProof> {
    const { settings, clock } = this.#options;
    const claims = await verifyIdToken(idToken, {
      keys: this.#keys,
      isIssuer: ({ iss }) => iss === server.issuer || iss === "https://facebook.com",
      audiences: [settings.clientId, ...settings.nativeClientIds],
      nonce,
      allowsHashedNonce: false,
      now: clock.now(),
    });
    const { sub: id, email, given_name: first_name, family_name: last_name } = claims;
    return this.#toProof({ id, email, first_name, last_name });
  }

  #toProof({ id: subject, email, first_name: givenName, last_name: familyName }: z.output<typeof userSchema>) {
    return { provider: this.name, issuer: server.issuer, subject, email, isEmailProven: false, givenName, familyName };
  }

  async #get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    { token, query }: { readonly token: string; readonly query: Readonly<Record<string, string>> },
  ): Promise<z.output<Schema>> {
    const url = `${graph}${path}?${new URLSearchParams(query)}`;
    return await fetchJson(this.#options.fetch, schema, { url, headers: { authorization: `Bearer ${token}` } });
  }
}
