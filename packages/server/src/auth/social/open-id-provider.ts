import type { JWTVerifyGetKey } from "jose";
import * as client from "openid-client";
import type { Clock } from "../../clock.ts";
import type { ProviderSettings } from "./config.ts";
import { type IdTokenClaims, verifyIdToken } from "./id-token.ts";
import { nameIn, type OpenIdKind, openIdKindOf } from "./open-id-kind.ts";
import type { IdentityProof, ProviderTokens } from "./proof.ts";
import type { AuthorizationRequest, AuthorizationResponse, NativeCredential, Provider } from "./provider.ts";
import { ProviderError } from "./provider.ts";
import { detoured, type ProviderFetch } from "./provider-http.ts";
import { redeemCode } from "./redeem-code.ts";
import { remoteKeys } from "./remote-keys.ts";

/** What a provider is made from. */
export interface ProviderOptions<Settings extends ProviderSettings = ProviderSettings> {
  readonly settings: Settings;
  readonly fetch: ProviderFetch;
  readonly clock: Clock;
  /** How long the provider may take for a response. */
  readonly timeoutMillis: number;
  /** Where requests go instead, for tests. */
  readonly detour: string | undefined;
  /** Whether an issuer may be an http address, in development. */
  readonly allowsHttp: boolean;
}

/** How long the metadata of an issuer is remembered, and how long that there is none, in seconds. */
const memorySeconds = { found: 3600, failed: 5 };

interface Issuer {
  readonly configuration: client.Configuration;
  readonly keys: JWTVerifyGetKey;
}

/** A provider that speaks OpenID Connect. Its metadata and keys are read when they are first needed. */
export class OpenIdProvider implements Provider {
  readonly name: string;
  readonly usesFormPost: boolean;
  readonly #options: ProviderOptions;
  readonly #kind: OpenIdKind;
  #issuer: { readonly found: Promise<Issuer>; until: number } | undefined;

  constructor(options: ProviderOptions) {
    this.name = options.settings.name;
    this.#options = options;
    this.#kind = openIdKindOf(options.settings);
    this.usesFormPost = this.#kind.usesFormPost === true;
  }

  async authorizationUrl({ state, nonce, codeChallenge, redirectUri }: AuthorizationRequest): Promise<URL> {
    const { settings, detour } = this.#options;
    const { configuration } = await this.#find();
    const parameters = {
      redirect_uri: redirectUri,
      scope: [...this.#kind.scopes, ...settings.scopes].join(" "),
      state,
      nonce,
      code_challenge: codeChallenge,
      code_challenge_method: "S256",
      ...(this.usesFormPost ? { response_mode: "form_post" } : {}),
    };
    return detoured(client.buildAuthorizationUrl(configuration, parameters), detour);
  }

  async redeem(response: AuthorizationResponse): Promise<IdentityProof> {
    const { configuration } = await this.#find();
    await this.#kind.prepareSecret?.(this.#options.clock.now());
    const tokens = await redeemCode(configuration, response);
    if (tokens.id_token === undefined) throw new ProviderError("invalid", "The provider sent no id token");
    const claims = await this.#verify(tokens.id_token, { nonce: response.nonce, isNative: false });
    return this.#toProof(claims, { ...nameIn(response.parameters), tokens: this.#kept(tokens) });
  }

  async verifyNative({ idToken, nonce }: NativeCredential): Promise<IdentityProof> {
    if (idToken === undefined || nonce === undefined) {
      throw new ProviderError("unsupported", "This provider takes an id token with its nonce");
    }
    return this.#toProof(await this.#verify(idToken, { nonce, isNative: true }), {});
  }

  async #verify(
    token: string,
    { nonce, isNative }: { readonly nonce: string; readonly isNative: boolean },
  ): Promise<IdTokenClaims> {
    const { settings, clock } = this.#options;
    const { configuration, keys } = await this.#find();
    const { issuer } = configuration.serverMetadata();
    return await verifyIdToken(token, {
      keys,
      isIssuer: (claims) => this.#kind.isIssuer?.(claims, issuer) ?? claims.iss === issuer,
      audiences: isNative ? [settings.clientId, ...settings.nativeClientIds] : [settings.clientId],
      nonce,
      allowsHashedNonce: isNative,
      now: clock.now(),
    });
  }

  #toProof(claims: IdTokenClaims, further: Partial<IdentityProof>): IdentityProof {
    return {
      provider: this.name,
      issuer: this.#kind.issuerOf?.(claims) ?? claims.iss,
      subject: claims.sub,
      email: claims.email,
      isEmailProven: claims.email !== undefined && this.#kind.provesEmail(claims),
      givenName: claims.given_name,
      familyName: claims.family_name,
      locale: claims.locale,
      ...further,
    };
  }

  #kept(tokens: client.TokenEndpointResponse): ProviderTokens | undefined {
    return this.#options.settings.keepTokens ? toTokens(tokens, this.#options.clock.now()) : undefined;
  }

  /** Reads the issuer's metadata, or returns it as it was read within the hour. A failure is repeated for some seconds. */
  #find(): Promise<Issuer> {
    const now = () => this.#options.clock.now().getTime();
    if (this.#issuer !== undefined && now() < this.#issuer.until) return this.#issuer.found;
    const found = this.#discover();
    const remembered = { found, until: now() + memorySeconds.found * 1000 };
    this.#issuer = remembered;
    found.catch(() => {
      // Counted from the failure: a provider that does not answer takes longer than these seconds.
      remembered.until = now() + memorySeconds.failed * 1000;
    });
    return found;
  }

  async #discover(): Promise<Issuer> {
    const { settings, fetch, timeoutMillis, allowsHttp } = this.#options;
    const { address, authentication } = this.#kind;
    try {
      const configuration = await client.discovery(new URL(address), settings.clientId, {}, authentication(), {
        [client.customFetch]: fetch,
        timeout: timeoutMillis / 1000,
        execute: allowsHttp ? [client.allowInsecureRequests] : [],
      });
      const { jwks_uri: keySet } = configuration.serverMetadata();
      if (keySet === undefined) throw new ProviderError("unavailable", "The issuer names no keys");
      return { configuration, keys: remoteKeys(new URL(keySet), { fetch, timeoutMillis }) };
    } catch (cause) {
      throw new ProviderError("unavailable", `The metadata of ${address} cannot be read`, { cause });
    }
  }
}

/** The tokens as they are kept. */
export function toTokens(tokens: client.TokenEndpointResponse, now: Date): ProviderTokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in, scope } = tokens;
  const expiresAt = expires_in === undefined ? undefined : new Date(now.getTime() + expires_in * 1000).toISOString();
  return { accessToken, refreshToken, expiresAt, scope };
}
