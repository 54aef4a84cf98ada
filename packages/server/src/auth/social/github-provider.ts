import * as client from "openid-client";
import { z } from "zod";
import type { ProviderSettingsOf } from "./config.ts";
import { type ProviderOptions, toTokens } from "./open-id-provider.ts";
import type { IdentityProof } from "./proof.ts";
import type { AuthorizationRequest, AuthorizationResponse, NativeCredential, Provider } from "./provider.ts";
import { ProviderError } from "./provider.ts";
import { detoured, fetchJson } from "./provider-http.ts";
import { redeemCode } from "./redeem-code.ts";

/** GitHub's OAuth 2.0 server; it issues no id tokens to users. */
const server = {
  issuer: "https://github.com/login/oauth",
  authorization_endpoint: "https://github.com/login/oauth/authorize",
  token_endpoint: "https://github.com/login/oauth/access_token",
};

const api = "https://api.github.com";

const userSchema = z.object({ id: z.int().positive(), name: z.string().nullish() });

const emailsSchema = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** The answer about a token: for whose client it was issued, and to whom. */
const tokenSchema = z.object({ app: z.object({ client_id: z.string() }), user: userSchema });

type GitHubOptions = ProviderOptions<ProviderSettingsOf<"github"> & { readonly name: string }>;

/** GitHub. The user's number is the subject; names of users change hands. */
export class GitHubProvider implements Provider {
  readonly name: string;
  readonly usesFormPost = false;
  readonly #options: GitHubOptions;
  readonly #configuration: client.Configuration;

  constructor(options: GitHubOptions) {
    const { settings, fetch, timeoutMillis } = options;
    this.name = settings.name;
    this.#options = options;
    const authentication = client.ClientSecretPost(settings.clientSecret);
    this.#configuration = new client.Configuration(server, settings.clientId, {}, authentication);
    this.#configuration[client.customFetch] = fetch;
    this.#configuration.timeout = timeoutMillis / 1000;
  }

  async authorizationUrl({ state, codeChallenge, redirectUri }: AuthorizationRequest): Promise<URL> {
    const { settings, detour } = this.#options;
    const scope = ["read:user", "user:email", ...settings.scopes].join(" ");
    const challenge = { code_challenge: codeChallenge, code_challenge_method: "S256" };
    const parameters = { redirect_uri: redirectUri, scope, state, ...challenge };
    return detoured(client.buildAuthorizationUrl(this.#configuration, parameters), detour);
  }

  async redeem(response: AuthorizationResponse): Promise<IdentityProof> {
    const tokens = await redeemCode(this.#configuration, response, false);
    const user = await this.#get("/user", userSchema, tokens.access_token);
    const kept = this.#options.settings.keepTokens ? toTokens(tokens, this.#options.clock.now()) : undefined;
    return { ...(await this.#toProof(user, tokens.access_token)), tokens: kept };
  }

  /** GitHub tells for whose client a token was issued; one of another client would be somebody's who signed in elsewhere. */
  async verifyNative({ accessToken }: NativeCredential): Promise<IdentityProof> {
    if (accessToken === undefined) throw new ProviderError("unsupported", "GitHub takes an access token");
    const { fetch, settings } = this.#options;
    const credentials = Buffer.from(`${settings.clientId}:${settings.clientSecret}`).toString("base64");
    const response = await fetch(`${api}/applications/${encodeURIComponent(settings.clientId)}/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${credentials}`,
        accept: "application/json",
        "content-type": "application/json",
      },
      body: JSON.stringify({ access_token: accessToken }),
    });
    if (response.status !== 200)
      throw new ProviderError("invalid", `GitHub does not know the token: ${response.status}`);
    const found = tokenSchema.safeParse(await response.json().catch(() => undefined));
    if (!found.success || found.data.app.client_id !== settings.clientId) {
      throw new ProviderError("invalid", "The token was issued to another client");
    }
    return await this.#toProof(found.data.user, accessToken);
  }

  /** The primary address, if it is verified: GitHub vouches for it. */
  async #toProof(user: z.output<typeof userSchema>, accessToken: string): Promise<IdentityProof> {
    const emails = await this.#get("/user/emails", emailsSchema, accessToken);
    const primary = emails.find((each) => each.primary);
    return {
      provider: this.name,
      issuer: server.issuer,
      subject: String(user.id),
      email: primary?.email,
      isEmailProven: primary?.verified === true,
    };
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema, token: string): Promise<z.output<Schema>> {
    const headers = { authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" };
    return await fetchJson(this.#options.fetch, schema, { url: `${api}${path}`, headers });
  }
}
