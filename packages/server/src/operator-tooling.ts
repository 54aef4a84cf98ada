// The exports for the commands of operators; the server itself imports the files directly.
export { createAppRouter } from "./app-router.ts";
export { newPasswordSchema } from "./auth/password/schema.ts";
export { loadConfig, packageManagerOf } from "./config.ts";
export { inTransaction } from "./database/connection.ts";
export { isMailConfigured } from "./delivery/email/service.ts";
export { diagnose } from "./doctor/diagnose.ts";
export type { Finding } from "./doctor/finding.ts";
export { GatehouseError } from "./errors.ts";
export { describeRoutes, type LimitDescription, type RouteDescription } from "./http/route-description.ts";
export { createLogger } from "./logging/logger.ts";
export { type OperatorScope, openOperatorScope } from "./operator-scope.ts";
export { createRoleInput, updateRoleInput } from "./role/schema.ts";
export type { ManagedUser } from "./user/administration/list.ts";
export { createUserInput, disableUserInput, listUsersInput } from "./user/administration/schema.ts";
