import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Provider from "oidc-provider";
import { freePort } from "../free-port.ts";
import { clientSecret } from "./id-tokens.ts";

interface RealProviderOptions {
  /** The public URLs of the servers that sign in here. */
  readonly publicUrls: readonly string[];
  /** The address of whoever signs in. */
  readonly email: string;
}

/** A certified implementation of OpenID Connect (`oidc-provider`), whose only user is always signed in and consents. */
export interface RealProvider extends AsyncDisposable {
  readonly issuer: string;
  /** The settings of a server that signs in here. */
  readonly environment: Readonly<Record<string, string>>;
}

const clientId = "gatehouse";

/** Starts the provider on a free port. */
export async function startRealProvider({ publicUrls, email }: RealProviderOptions): Promise<RealProvider> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, configurationOf({ publicUrls, email }));
  const answer = provider.callback();
  const server = createServer((request, response) => {
    const isInteraction = request.url?.startsWith("/interaction/") === true;
    const answered = isInteraction ? agree(provider, request, response) : answer(request, response);
    answered.catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const settings = { kind: "oidc", name: "real", issuer, clientId, clientSecret, provesEmails: true };
  return {
    issuer,
    environment: {
      SOCIAL_PROVIDERS: JSON.stringify([settings]),
      OUTBOUND_HTTP: "on",
      OUTBOUND_PORTS: "any",
      OUTBOUND_INSIDE: "127.0.0.1,::1",
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function configurationOf({ publicUrls, email }: RealProviderOptions): object {
  return {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: publicUrls.map((url) => `${url}/v1/auth/social/real/callback`),
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    pkce: { required: () => true },
    // The claims of the scopes are in the id token, as at the large providers.
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["given_name"] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email, email_verified: true, given_name: "Ada" }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    cookies: { keys: ["a key for the cookies of the test's provider"] },
  };
}

/** Answers what the provider asks its user: who they are, and whether they agree. */
async function agree(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    await provider.interactionFinished(request, response, { login: { accountId: "ada" } });
    return;
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? "ada", clientId: params.client_id });
  grant.addOIDCScope("openid email profile");
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}
