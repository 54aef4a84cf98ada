import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenOn } from "../listen-on.ts";
import { mintIdToken, publishedKeys, type TokenLies } from "./id-tokens.ts";

/** What an answer of the provider may be, in the place of the honest one. */
type Answer = (response: ServerResponse) => void;

/** Somebody who signs in at the provider, and the lies that the provider tells about it. */
export interface Person {
  readonly sub: string;
  /** Claims of the id token, such as `email`. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly lies?: TokenLies;
  /** What the provider sends back by way of the browser, beside code and state, or instead; `undefined` leaves one out. */
  readonly response?: Readonly<Record<string, string | undefined>>;
  /** What `/me` of Facebook, and `/user` and `/user/emails` of GitHub answer. */
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly emails?: readonly object[];
}

interface IssuedCode {
  readonly person: Person;
  readonly clientId: string;
  readonly nonce: string | undefined;
  readonly challenge: string | undefined;
  readonly redirectUri: string;
}

/** A request that the provider got. */
export interface ReceivedRequest {
  readonly method: string;
  /** With the host that it was meant for. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** The metadata of the issuers that are imitated; each is behind `/<host>/` of the one local server. */
const issuers: Readonly<Record<string, string>> = {
  "accounts.google.com": "https://accounts.google.com",
  "appleid.apple.com": "https://appleid.apple.com",
  "login.microsoftonline.com/common/v2.0": "https://login.microsoftonline.com/{tenantid}/v2.0",
  "issuer.example": "https://issuer.example",
};

/**
 * Imitates Google, Apple, Microsoft, GitHub, Facebook and an issuer of one's own, as far as a sign-in needs them, and lies where a
 * test wants it to. A server reaches it by `SOCIAL_DETOUR`.
 */
export class LocalProvider implements AsyncDisposable {
  readonly url: string;
  readonly requests: ReceivedRequest[] = [];
  /** Answers of single addresses, such as `accounts.google.com/.well-known/openid-configuration`. */
  readonly answers = new Map<string, Answer>();
  /** The time of its tokens. */
  now: () => Date = () => new Date();
  readonly #codes = new Map<string, IssuedCode>();
  readonly #tokens = new Map<string, IssuedCode>();
  readonly #listening: AsyncDisposable;

  private constructor(url: string, listening: AsyncDisposable) {
    this.url = url;
    this.#listening = listening;
  }

  static async start(): Promise<LocalProvider> {
    let provider: LocalProvider | undefined;
    const server = createServer((request, response) => {
      provider?.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    const listening = await listenOn(server);
    provider = new LocalProvider(listening.url, listening);
    return provider;
  }

  /** The settings of a server that signs in here. */
  environment(providers: readonly object[]): Record<string, string> {
    return {
      SOCIAL_PROVIDERS: JSON.stringify(providers),
      SOCIAL_DETOUR: this.url,
      OUTBOUND_HTTP: "on",
      OUTBOUND_PORTS: "any",
      OUTBOUND_INSIDE: "127.0.0.1",
    };
  }

  /** Signs a person in at the address to which the server sent the browser; returns what the browser brings back. */
  authorize(location: string, person: Person): URLSearchParams {
    const asked = new URL(location).searchParams;
    const code = crypto.randomUUID();
    this.#codes.set(code, {
      person,
      clientId: asked.get("client_id") ?? "",
      nonce: asked.get("nonce") ?? undefined,
      challenge: asked.get("code_challenge") ?? undefined,
      redirectUri: asked.get("redirect_uri") ?? "",
    });
    const honest = { code, state: asked.get("state") ?? undefined };
    const sent = Object.entries({ ...honest, ...person.response }).filter((entry) => entry[1] !== undefined);
    return new URLSearchParams(sent as [string, string][]);
  }

  /** An access token, as an app gets it of the provider's library. */
  accessToken(person: Person, clientId: string): string {
    const token = `token-${crypto.randomUUID()}`;
    this.#tokens.set(token, { person, clientId, nonce: undefined, challenge: undefined, redirectUri: "" });
    return token;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const path = url.pathname.slice(1);
    const body = await textOf(request);
    this.requests.push({ method: request.method ?? "", path: `${path}${url.search}`, headers: request.headers, body });
    const special = this.answers.get(path);
    if (special !== undefined) return special(response);
    const honest = await this.#answerTo(path, { url, body, authorization: request.headers.authorization ?? "" });
    if (honest === undefined) response.writeHead(404).end();
    else json(response, honest.status ?? 200, honest.body);
  }

  async #answerTo(
    path: string,
    { url, body, authorization }: { readonly url: URL; readonly body: string; readonly authorization: string },
  ): Promise<{ readonly status?: number; readonly body: object } | undefined> {
    const issuer = path.endsWith("/.well-known/openid-configuration")
      ? path.replace(/\/\.well-known.*/, "")
      : undefined;
    if (issuer !== undefined && issuers[issuer] !== undefined) return { body: metadataOf(issuer, issuers[issuer]) };
    if (path.endsWith("/keys") || path.endsWith("/oauth/openid/jwks/")) return { body: await publishedKeys() };
    if (path.endsWith("/token") && path.startsWith("api.github.com")) return this.#checkGitHubToken(body);
    if (path.endsWith("/debug_token")) return this.#inspect(url.searchParams.get("input_token") ?? "");
    if (/token$/.test(path)) return await this.#redeem(new URLSearchParams(body), hostOf(path));
    const bearer = this.#tokens.get(authorization.replace(/^Bearer /, ""));
    if (bearer === undefined) return { status: 401, body: { error: "invalid_token" } };
    if (path.endsWith("/user/emails")) return { body: bearer.person.emails ?? [] };
    if (path.endsWith("/me")) return { body: { id: bearer.person.sub, ...bearer.person.profile } };
    if (path.endsWith("/user")) return { body: { id: Number(bearer.person.sub), ...bearer.person.profile } };
    return undefined;
  }

  async #redeem(form: URLSearchParams, host: string) {
    const issued = this.#codes.get(form.get("code") ?? "");
    this.#codes.delete(form.get("code") ?? "");
    const verifier = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isRight = issued?.challenge === verifier && issued.redirectUri === form.get("redirect_uri");
    if (issued === undefined || !isRight) return { status: 400, body: { error: "invalid_grant" } };
    const { person, clientId, nonce } = issued;
    const accessToken = `token-${crypto.randomUUID()}`;
    this.#tokens.set(accessToken, issued);
    const tokens = { access_token: accessToken, token_type: "Bearer", expires_in: 3600, refresh_token: "refresh" };
    if (host.includes("github") || host.includes("facebook")) return { body: tokens };
    const { claims = {}, lies = {}, sub } = person;
    const iss = host.includes("microsoft") ? `https://${host}/${String(claims["tid"])}/v2.0` : `https://${host}`;
    const honest = { iss, aud: clientId, sub, nonce, now: this.now(), ...claims };
    return { body: { ...tokens, id_token: await mintIdToken(honest, lies) } };
  }

  #inspect(token: string) {
    const issued = this.#tokens.get(token);
    const data = { app_id: issued?.clientId ?? "", is_valid: issued !== undefined, user_id: issued?.person.sub };
    return { body: { data } };
  }

  #checkGitHubToken(body: string) {
    const issued = this.#tokens.get(JSON.parse(body).access_token);
    if (issued === undefined) return { status: 404, body: {} };
    return { body: { app: { client_id: issued.clientId }, user: { id: Number(issued.person.sub) } } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening[Symbol.asyncDispose]();
  }
}

function hostOf(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function metadataOf(address: string, issuer: string): object {
  const base = `https://${hostOf(address)}`;
  return {
    issuer,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
    jwks_uri: `${base}/keys`,
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
