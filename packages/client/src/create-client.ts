import type { AppRouter } from "@gatehouse/server/api";
import { createTRPCClient, httpLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { AnySession, CookieSession, Session } from "./inference.ts";
import { apiKeyLink } from "./links/access-token.ts";
import { bearerBatchLink } from "./links/bearer-batch-link.ts";
import { cookieTransportLink } from "./links/cookie-transport-link.ts";
import type { EventSourceConstructor } from "./links/event-source.ts";
import { httpOptions } from "./links/http-options.ts";
import { sessionLink } from "./links/session-link.ts";
import { subscriptionLink } from "./links/subscription-link.ts";
import type { Calls, Procedures, Router, Transport } from "./procedures.ts";
import { cookieSession } from "./session/cookie-session.ts";
import { SessionChanges } from "./session/session-changes.ts";
import { createSessionHandle, SessionManager } from "./session/session-manager.ts";
import type { SessionHandle } from "./session/session-state.ts";
import { createMemoryStorage, createPageStorage, type SessionStorage } from "./session/session-storage.ts";
import { SessionStore } from "./session/session-store.ts";
import type { SessionForm } from "./session/stored-session.ts";
import { withTabLock } from "./session/tab-lock.ts";
import { tokenSession } from "./session/token-session.ts";

/** The server's address, and the parts of the platform that the client uses. */
export interface ClientOptions {
  /** Address of the server, such as `https://accounts.example.com`; `/rpc` is appended to it. */
  readonly url: string;
  /**
   * Keeps the session between starts of the app: `localStorage`, React Native's `AsyncStorage`, or anything with their
   * three methods. Clients that share one, such as the tabs of a browser, share the session. Default: memory, so that
   * the session ends with the client.
   */
  readonly storage?: SessionStorage | undefined;
  /** Name of the session in the storage. Default `gatehouse.session`; choose others for two accounts side by side. */
  readonly storageKey?: string | undefined;
  /** Sends the requests; for tests, timeouts and platforms without one. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Headers for every request, except `Authorization`, which the client sets. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Opens subscriptions on platforms without an `EventSource`: Node and React Native. Use the class of the package
   * `eventsource`, for example. Default: the global `EventSource`.
   */
  readonly eventSource?: EventSourceConstructor | undefined;
  readonly apiKey?: undefined;
}

/** The options of a machine, which has an API key instead of a session. */
export interface ApiKeyClientOptions extends Pick<ClientOptions, "url" | "fetch" | "headers"> {
  /**
   * A key that `auth.apiKeys.create` returned. Anybody who has it acts in its user's name, so never use it in a
   * browser.
   */
  readonly apiKey: string;
  readonly storage?: undefined;
  readonly storageKey?: undefined;
}

/**
 * The procedures of the server for a machine, without subscriptions, which accept no key. A call that the key does not
 * allow fails with `INSUFFICIENT_SCOPE`.
 */
export type ApiKeyClient<TRouter extends Router = AppRouter> = Procedures<Calls<TRouter["_def"]["record"]>>;

/** The same for a browser app whose tokens are in cookies. */
export interface CookieClientOptions extends ClientOptions {
  /**
   * `cookie` lets the browser keep the tokens where no script can read them. It is for pages on the same site as the
   * server, at an origin that the server allows, and not for a server that renders pages, where nothing keeps the
   * cookies.
   */
  readonly transport: "cookie";
  /**
   * Keeps the session's id and times, and no token. Default: `localStorage` in a page, so that one tab refreshes for
   * all; memory elsewhere.
   */
  readonly storage?: SessionStorage | undefined;
}

/** The procedures of the server by name, and the session. */
export type GatehouseClient<TRouter extends Router = AppRouter, T extends Transport = "body"> = Procedures<
  TRouter["_def"]["record"],
  T
> & {
  readonly $session: SessionHandle<T extends "cookie" ? CookieSession : Session>;
};

const defaultStorageKey = "gatehouse.session";

/**
 * A client of a Gatehouse server. Calls made in the same tick travel in one request. It stores the session that a
 * sign-in returns, sends its access token, refreshes it shortly before it expires, and repeats a call once if its token
 * was refused. {@link isGatehouseError} tells the code that a call failed with.
 *
 * With an `apiKey` it sends that instead, and has no session: `createClient({ url, apiKey })`.
 *
 * An app that mounts its own procedures gives the type of its router: `createClient<AppRouter>({ url })`.
 *
 * Use `auth.login` and not `auth.token`, which is for callers that only support HTTP Basic.
 *
 * With `transport: "cookie"` the browser keeps the tokens, and sessions have none.
 *
 * Throws a `TypeError` if `url` is not the http or https address of a server, and if a client with a session finds no
 * `crypto.getRandomValues`, as in React Native without the package `react-native-get-random-values`.
 */
export function createClient<TRouter extends Router = AppRouter>(
  options: CookieClientOptions,
): GatehouseClient<TRouter, "cookie">;
export function createClient<TRouter extends Router = AppRouter>(options: ApiKeyClientOptions): ApiKeyClient<TRouter>;
export function createClient<TRouter extends Router = AppRouter>(options: ClientOptions): GatehouseClient<TRouter>;
export function createClient(options: ClientOptions | CookieClientOptions | ApiKeyClientOptions) {
  refuseWrongUrl(options.url);
  if (options.apiKey !== undefined) return createMachineClient(options);
  refuseMissingRandomness();
  return "transport" in options && options.transport === "cookie"
    ? createCookieClient(options)
    : createTokenClient(options);
}

function createMachineClient(options: ApiKeyClientOptions) {
  return createProcedures<Router, "body">([apiKeyLink(options.apiKey), bearerBatchLink(options)]);
}

function createTokenClient(options: ClientOptions) {
  // Not batched: timers of a background tab are late, and a refresh must follow the read of the storage at once.
  const { auth } = createProcedures<AppRouter, "body">([httpLink(httpOptions(options))]);
  const { storage = createMemoryStorage() } = options;
  return assemble<Session>(options, {
    form: tokenSession,
    storage,
    exchange: async (session, attemptKey) =>
      (await auth.refresh.mutate({ refreshToken: session?.refreshToken, attemptKey })).session,
    exclusively: (work) => work(),
    links: [],
  });
}

function createCookieClient(options: CookieClientOptions) {
  const { auth } = createProcedures<AppRouter, "cookie">([httpLink(httpOptions(options))]);
  const { storage = createPageStorage(), storageKey = defaultStorageKey } = options;
  const exclusively = withTabLock(storageKey);
  return assemble<CookieSession>(options, {
    form: cookieSession,
    storage,
    exchange: async (_session, attemptKey) => (await auth.refresh.mutate({ attemptKey })).session,
    exclusively,
    links: [cookieTransportLink(exclusively)],
  });
}

/** The differences between the transports. */
interface Assembly<S extends AnySession> {
  readonly form: SessionForm<S>;
  readonly storage: SessionStorage;
  readonly exchange: (session: S | null, attemptKey: string | undefined) => Promise<S>;
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
  readonly links: readonly TRPCLink<AnyTRPCRouter>[];
}

function assemble<S extends AnySession>(options: ClientOptions, { storage, links, ...given }: Assembly<S>) {
  const { storageKey: key = defaultStorageKey } = options;
  const { form } = given;
  const changes = new SessionChanges(form);
  const store = new SessionStore({ form, storage, key, changes, exclusively: withTabLock(`${key}.storage`) });
  const sessions = new SessionManager({ ...given, store, now: Date.now });
  const calls = [sessionLink(sessions), ...links, bearerBatchLink(options)];
  const createTicket = () => createProcedures<AppRouter, "body">(calls).auth.createSubscriptionTicket.mutate();
  const subscriptions = { request: options, eventSource: options.eventSource, sessions, createTicket };
  const procedures = createProcedures<Router, Transport>([subscriptionLink(subscriptions), ...calls]);
  return withSession(procedures, createSessionHandle(sessions, changes));
}

/** A wrong address would otherwise show as a failed call, far from where it was written. */
function refuseWrongUrl(url: string): void {
  if (/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(url) && !/\/rpc\/?$/.test(url)) return;
  throw new TypeError(
    `"${url}" is not the address of a server. Give its origin, such as https://accounts.example.com.`,
  );
}

/** Checked here because refreshes need it, and the first one comes minutes later. */
function refuseMissingRandomness(): void {
  if (typeof globalThis.crypto?.getRandomValues === "function") return;
  throw new TypeError(
    "This platform has no crypto.getRandomValues. In React Native, import react-native-get-random-values first.",
  );
}

/** tRPC's client calls any name; only the types know which procedures exist. */
function createProcedures<TRouter extends Router, T extends Transport>(links: TRPCLink<AnyTRPCRouter>[]) {
  return createTRPCClient<AnyTRPCRouter>({ links }) as unknown as Procedures<TRouter["_def"]["record"], T>;
}

/** tRPC's client takes every property for a procedure, so nothing can be added to it. */
function withSession<T extends object, S extends AnySession>(
  procedures: T,
  $session: SessionHandle<S>,
): T & { readonly $session: SessionHandle<S> } {
  return new Proxy(procedures, {
    get: (target, name) => (name === "$session" ? $session : Reflect.get(target, name)),
  }) as T & { readonly $session: SessionHandle<S> };
}
