import { isIPv6 } from "node:net";
import type { TRPCRouterRecord } from "@trpc/server";
import type { FastifyInstance } from "fastify";
import { createAppRouter } from "./app-router.ts";
import { systemCall } from "./audit/call.ts";
import type { Config } from "./config.ts";
import type { Dependencies } from "./dependencies.ts";
import { createHttpServer } from "./http/server.ts";
import { type OpenedDependencies, type OpenOptions, openDependencies } from "./open-dependencies.ts";
import { listPermissions, listScopes } from "./rpc/scopes.ts";
import { StartupError } from "./startup-error.ts";
import { version } from "./version.ts";

/** The options of a server. */
export interface GatehouseOptions<Records extends TRPCRouterRecord> extends OpenOptions {
  /** The app's own procedures, mounted beside Gatehouse's. */
  readonly routers: Records;
}

/** A server that is ready to listen. */
export interface Gatehouse {
  readonly deps: Dependencies;
  /** The HTTP server, for an app's own plugins and routes, and for tests. */
  readonly http: FastifyInstance;
  /**
   * Starts to accept requests and returns the address to call, such as `http://localhost:3000`. If it cannot listen, it
   * closes the server and throws; an address in use is a {@link StartupError}.
   */
  listen(): Promise<string>;
  /** Waits up to `SHUTDOWN_TIMEOUT_SECONDS` for running requests and jobs, then closes the database. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens and migrates the database, loads the keys, builds the server and starts to work on jobs, unless `JOBS=off`. Throws
 * {@link StartupError} if the configuration is wrong or the database is not usable with it.
 */
export async function createGatehouse<Records extends TRPCRouterRecord>(
  options: GatehouseOptions<Records>,
): Promise<Gatehouse> {
  const opened = await openDependencies(options, options.config.jobs.isOn);
  try {
    return await build(options.routers, opened);
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

async function build(routers: TRPCRouterRecord, opened: OpenedDependencies): Promise<Gatehouse> {
  const { jobs } = opened;
  const router = createAppRouter(routers);
  const deps = { ...opened.deps, scopes: listScopes(router), permissions: listPermissions(router) };
  let closing: Promise<void> | undefined;
  const isStopping = () => closing !== undefined;
  const http = await createHttpServer({ deps, router, version, isStopping });
  if (deps.config.jobs.isOn) await jobs.work({ ...deps, call: systemCall });
  const close = () => (closing ??= shutDown(http, opened));
  const listenOrClose = () =>
    listen(http, deps.config).catch(async (error: unknown) => {
      await close();
      throw error;
    });
  return { deps, http, close, listen: listenOrClose, [Symbol.asyncDispose]: close };
}

async function listen(http: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    await http.listen({ host, port });
    const address = http.server.address();
    const boundPort = typeof address === "object" && address !== null ? address.port : port;
    return `http://${isIPv6(host) ? `[${host}]` : host}:${boundPort}`;
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    const message = `Port ${port} of ${host} is in use. Stop what uses it, or choose another: PORT=${port + 1} npm start`;
    throw new StartupError("AddressInUseError", message, { cause });
  }
}

async function shutDown(http: FastifyInstance, { deps, jobs, ...opened }: OpenedDependencies): Promise<void> {
  const { log, config } = deps;
  const timeout = setTimeout(() => {
    log.warn("requests did not finish in time, closing their connections");
    http.server.closeAllConnections();
  }, config.shutdownTimeoutSeconds * 1000);
  deps.sessionWatch.stop();
  try {
    await Promise.all([http.close(), jobs.drain(config.shutdownTimeoutSeconds)]);
  } finally {
    clearTimeout(timeout);
    await opened[Symbol.asyncDispose]();
  }
}
