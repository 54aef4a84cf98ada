import { createAppRouter } from "./app-router.ts";
import { operatorCall } from "./audit/call.ts";
import * as apiKey from "./auth/api-key/service.ts";
import * as email from "./auth/email/service.ts";
import * as password from "./auth/password/service.ts";
import * as phone from "./auth/phone/service.ts";
import * as auth from "./auth/service.ts";
import * as sessionEnd from "./auth/session/end.ts";
import * as sessionList from "./auth/session/list.ts";
import * as signingKey from "./auth/signing-key/service.ts";
import type { CallDependencies } from "./dependencies.ts";
import * as device from "./device/service.ts";
import { type OpenOptions, openDependencies } from "./open-dependencies.ts";
import { operatorRights, type RightsHolder } from "./role/permissions.ts";
import * as role from "./role/service.ts";
import { listPermissions, listScopes } from "./rpc/scopes.ts";
import { createUserByOperator } from "./user/administration/create.ts";
import { deleteUser, restoreUser } from "./user/administration/delete.ts";
import { disableUser, enableUser } from "./user/administration/disable.ts";
import { findManagedUser, listUsers } from "./user/administration/list.ts";
import { createPasswordLink } from "./user/administration/password-link.ts";
import { grantRole, revokeRole, setRoles } from "./user/administration/roles.ts";
import { cancelFactorReset, resetSecondFactors } from "./user/administration/second-factors.ts";
import { revokeUserSessions } from "./user/administration/sessions.ts";
import { exportUser } from "./user/export/operator.ts";
import * as profile from "./user/profile.ts";
import * as user from "./user/service.ts";

/** The services that an operator calls by hand, by slice. Those that only make sense inside a request are left out. */
const services = {
  user: { ...user, ...profile },
  device,
  auth,
  session: { ...sessionEnd, ...sessionList },
  password,
  email,
  phone,
  apiKey,
  signingKey,
  role,
  administration: {
    createUserByOperator,
    createPasswordLink,
    findManagedUser,
    listUsers,
    disableUser,
    enableUser,
    deleteUser,
    restoreUser,
    revokeUserSessions,
    resetSecondFactors,
    cancelFactorReset,
    setRoles,
    grantRole,
    revokeRole,
    exportUser,
  },
};

interface OperatorScopeOptions extends OpenOptions {
  /** The app's own procedures, whose scopes and permissions there are besides Gatehouse's. */
  readonly routers: Parameters<typeof createAppRouter>[0];
}

/** What an operator works with by hand; disposing of it closes the database. */
export interface OperatorScope extends AsyncDisposable {
  /** With the operator as the actor of the events that services record. */
  readonly deps: CallDependencies;
  readonly services: typeof services;
  /** The operator as the actor of services that ask who may do what. */
  readonly rights: RightsHolder;
}

/**
 * Opens the dependencies of a server that neither serves nor works on jobs: what services enqueue is done by the servers and
 * workers that run. Migrates the database, as a start does. Throws `StartupError`.
 */
export async function openOperatorScope({ routers, ...options }: OperatorScopeOptions): Promise<OperatorScope> {
  const router = createAppRouter(routers);
  const { deps, ...opened } = await openDependencies(options, false);
  return {
    deps: { ...deps, scopes: listScopes(router), permissions: listPermissions(router), call: operatorCall },
    services,
    rights: operatorRights,
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
