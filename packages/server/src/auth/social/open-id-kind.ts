import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import * as client from "openid-client";
import { z } from "zod";
import type { ProviderSettings, ProviderSettingsOf } from "./config.ts";
import type { IdTokenClaims } from "./id-token.ts";
import type { IdentityProof } from "./proof.ts";

/** How a kind of provider differs from the others that speak OpenID Connect. */
export interface OpenIdKind {
  /** The issuer, at which its metadata is. */
  readonly address: string;
  readonly scopes: readonly string[];
  readonly usesFormPost?: boolean;
  /** How we prove to the provider that we are its client. */
  readonly authentication: () => client.ClientAuth;
  /** Makes a new client secret, where one is made from a key. Called before each use of {@link authentication}. */
  readonly prepareSecret?: (now: Date) => Promise<void>;
  /** Whether a token is of the provider. Default: its issuer is the one of the metadata, to the letter. */
  readonly isIssuer?: (claims: IdTokenClaims, issuer: string) => boolean;
  /** The issuer under which identities are kept. Default: the token's. */
  readonly issuerOf?: (claims: IdTokenClaims) => string;
  /** Whether the provider vouches for it that the user reads the mail of the address. */
  readonly provesEmail: (claims: IdTokenClaims) => boolean;
}

/** The kinds that speak OpenID Connect on the web. */
type OpenIdSettings = Exclude<ProviderSettings, { kind: "github" | "facebook" }>;

/** Returns what is particular about a provider. */
export function openIdKindOf(settings: ProviderSettings): OpenIdKind {
  if (!isOpenId(settings)) throw new Error(`${settings.kind} does not speak OpenID Connect`);
  switch (settings.kind) {
    case "google":
      return google(settings);
    case "apple":
      return apple(settings);
    case "microsoft":
      return microsoft(settings);
    case "oidc":
      return anyIssuer(settings);
  }
}

function isOpenId(settings: ProviderSettings): settings is OpenIdSettings & { readonly name: string } {
  return settings.kind !== "github" && settings.kind !== "facebook";
}

const profileScopes = ["openid", "email", "profile"];

const bySecret = (clientSecret: string) => () => client.ClientSecretPost(clientSecret);

/**
 * Google vouches for addresses of Gmail and of its organisations (`hd`). Any other address was verified once, and may have
 * another owner since.
 */
function google({ clientSecret }: ProviderSettingsOf<"google">): OpenIdKind {
  return {
    address: "https://accounts.google.com",
    scopes: profileScopes,
    authentication: bySecret(clientSecret),
    provesEmail: ({ email = "", email_verified, hd }) =>
      email_verified === true && (hd !== undefined || /@gmail\.com$/i.test(email)),
  };
}

const appleIssuer = "https://appleid.apple.com";

/** Apple has named itself by several addresses. Identities stay under one of them. */
const appleIssuers: readonly string[] = [appleIssuer, "https://account.apple.com"];

/** The lifetime of a client secret, in seconds; Apple allows six months. */
const appleSecretTtlSeconds = 300;

/** Apple's client secret is a token that is signed by a key. It posts the response, and says `email_verified` as a text too. */
function apple({ clientId, teamId, keyId, privateKey }: ProviderSettingsOf<"apple">): OpenIdKind {
  const key = createPrivateKey(privateKey);
  let secret = "";
  return {
    address: appleIssuer,
    scopes: ["openid", "email", "name"],
    usesFormPost: true,
    authentication:
      () =>
      (...request) =>
        client.ClientSecretPost(secret)(...request),
    async prepareSecret(now) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      secret = await new SignJWT()
        .setProtectedHeader({ alg: "ES256", kid: keyId })
        .setIssuer(teamId)
        .setSubject(clientId)
        .setAudience(appleIssuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + appleSecretTtlSeconds)
        .sign(key);
    },
    isIssuer: ({ iss }) => appleIssuers.includes(iss),
    issuerOf: () => appleIssuer,
    provesEmail: ({ email_verified }) => email_verified === true || email_verified === "true",
  };
}

/** The tenant of personal accounts, by which `consumers` is answered. */
const consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";

/**
 * Microsoft Entra. The administrator of a tenant writes any address into its accounts, so an address proves nothing (nOAuth). The
 * issuer has the id of the tenant, which the metadata of several tenants leaves open.
 */
function microsoft({ clientSecret, tenant }: ProviderSettingsOf<"microsoft">): OpenIdKind {
  const origin = "https://login.microsoftonline.com";
  const isTenant = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  return {
    address: `${origin}/${tenant}/v2.0`,
    scopes: profileScopes,
    authentication: bySecret(clientSecret),
    isIssuer: ({ iss, tid = "" }, issuer) =>
      isTenant.test(tid) &&
      (tenant !== "organizations" || tid !== consumersTenant) &&
      iss === issuer.replace("{tenantid}", tid),
    provesEmail: () => false,
  };
}

function anyIssuer({ clientSecret, issuer, provesEmails }: ProviderSettingsOf<"oidc">): OpenIdKind {
  return {
    address: issuer,
    scopes: profileScopes,
    authentication: bySecret(clientSecret),
    provesEmail: ({ email_verified }) => provesEmails && email_verified === true,
  };
}

/** What Apple posts beside the code, the first time only; nothing vouches for it, so only the name is read. */
const appleUser = z.object({
  name: z.object({ firstName: z.string().optional(), lastName: z.string().optional() }).optional(),
});

/** The name in the parameter `user` of a response. */
export function nameIn(parameters: URLSearchParams): Pick<IdentityProof, "givenName" | "familyName"> {
  const name = appleUser.safeParse(parseJson(parameters.get("user") ?? "null")).data?.name;
  return name === undefined ? {} : { givenName: name.firstName, familyName: name.lastName };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
