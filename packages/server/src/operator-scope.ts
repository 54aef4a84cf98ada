import * as apiKey from "./auth/api-key/service.ts";
import * as email from "./auth/email/service.ts";
import * as password from "./auth/password/service.ts";
import * as phone from "./auth/phone/service.ts";
import * as auth from "./auth/service.ts";
import * as sessionEnd from "./auth/session/end.ts";
import * as sessionList from "./auth/session/list.ts";
import * as signingKey from "./auth/signing-key/service.ts";
import type { Dependencies } from "./dependencies.ts";
import * as device from "./device/service.ts";
import { type OpenOptions, openDependencies } from "./open-dependencies.ts";
import * as user from "./user/service.ts";

/** The services that an operator calls by hand, by slice. Those that only make sense inside a request are left out. */
const services = {
  user,
  device,
  auth,
  session: { ...sessionEnd, ...sessionList },
  password,
  email,
  phone,
  apiKey,
  signingKey,
};

interface OperatorScopeOptions extends OpenOptions {
  /** The scopes that API keys may have: those of the router. */
  readonly scopes: readonly string[];
}

/** What an operator works with by hand; disposing of it closes the database. */
interface OperatorScope extends AsyncDisposable {
  readonly deps: Dependencies;
  readonly services: typeof services;
}

/**
 * Opens the dependencies of a server that neither serves nor works on jobs: what services enqueue is done by the servers and
 * workers that run. Migrates the database, as a start does. Throws `StartupError`.
 */
export async function openOperatorScope({ scopes, ...options }: OperatorScopeOptions): Promise<OperatorScope> {
  const { deps, ...opened } = await openDependencies(options, false);
  return { deps: { ...deps, scopes }, services, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}
