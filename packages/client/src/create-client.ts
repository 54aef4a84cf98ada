import type { AppRouter } from "@gatehouse/server/api";
import { createTRPCClient, httpLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { bearerBatchLink } from "./links/bearer-batch-link.ts";
import type { EventSourceConstructor } from "./links/event-source.ts";
import { httpOptions } from "./links/http-options.ts";
import { sessionLink } from "./links/session-link.ts";
import { subscriptionLink } from "./links/subscription-link.ts";
import type { Procedures, Router } from "./procedures.ts";
import { createSessionHandle } from "./session/create-session-handle.ts";
import { SessionChanges } from "./session/session-changes.ts";
import type { SessionHandle } from "./session/session-handle.ts";
import { SessionManager } from "./session/session-manager.ts";
import { createMemoryStorage, type SessionStorage } from "./session/session-storage.ts";
import { SessionStore } from "./session/session-store.ts";

/** Where the server is, and what of the surroundings the client uses. */
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
  /** Sent with every request, besides `Authorization`, which is the client's own. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Opens subscriptions, where the platform has no `EventSource` of its own: Node and React Native. The class of the
   * package `eventsource` is one. Default: the global `EventSource`.
   */
  readonly eventSource?: EventSourceConstructor | undefined;
}

/** The procedures of the server, by their names, and beside them the session. */
export type GatehouseClient<TRouter extends Router = AppRouter> = Procedures<TRouter["_def"]["record"]> & {
  readonly $session: SessionHandle;
};

const defaultStorageKey = "gatehouse.session";

/**
 * A client of a Gatehouse server. Calls made in the same tick travel in one request. It keeps the session that a
 * sign-in answers with, sends its access token, refreshes it shortly before it expires, and repeats a call once that
 * was refused for its token. {@link isGatehouseError} tells the code that a call failed with.
 *
 * An app that mounts its own procedures gives the type of its router: `createClient<AppRouter>({ url })`.
 *
 * `auth.token` is of no use here: it is for callers that only know HTTP Basic. `auth.login` does the same.
 *
 * Throws a `TypeError` where `url` is not the http or https address of a server.
 */
export function createClient<TRouter extends Router = AppRouter>(options: ClientOptions): GatehouseClient<TRouter> {
  refuseWrongUrl(options.url);
  const { storage = createMemoryStorage(), storageKey = defaultStorageKey } = options;
  // Not batched: the timers of a tab in the background are late, and a refresh must follow the look at the storage.
  const { auth } = createProcedures<AppRouter>([httpLink(httpOptions(options))]);
  const changes = new SessionChanges();
  const sessions = new SessionManager({
    store: new SessionStore({ storage, key: storageKey, changes }),
    exchange: async (refreshToken) => (await auth.refresh.mutate({ refreshToken })).session,
    now: Date.now,
  });
  const calls = [sessionLink(sessions), bearerBatchLink(options)];
  const createTicket = () => createProcedures<AppRouter>(calls).auth.createSubscriptionTicket.mutate();
  const subscriptions = { request: options, eventSource: options.eventSource, sessions, createTicket };
  const procedures = createProcedures<TRouter>([subscriptionLink(subscriptions), ...calls]);
  return withSession(procedures, createSessionHandle(sessions, changes));
}

/** A wrong address would otherwise show as a failed call, far from where it was written. */
function refuseWrongUrl(url: string): void {
  if (/^https?:\/\/[^/?#]+(\/[^?#]*)?$/.test(url) && !/\/rpc\/?$/.test(url)) return;
  throw new TypeError(
    `"${url}" is not the address of a server. Give its origin, such as https://accounts.example.com.`,
  );
}

/** tRPC's client calls whatever it is asked for; which procedures there are is known to the types alone. */
function createProcedures<TRouter extends Router>(links: TRPCLink<AnyTRPCRouter>[]) {
  return createTRPCClient<AnyTRPCRouter>({ links }) as unknown as Procedures<TRouter["_def"]["record"]>;
}

/** tRPC's client takes any name for a router's, so that nothing can be added to it. */
function withSession<T extends object>(
  procedures: T,
  $session: SessionHandle,
): T & { readonly $session: SessionHandle } {
  return new Proxy(procedures, {
    get: (target, name) => (name === "$session" ? $session : Reflect.get(target, name)),
  }) as T & { readonly $session: SessionHandle };
}
