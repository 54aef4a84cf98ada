// The exports for the commands of operators; the server itself imports the files directly.
export { createAppRouter } from "./app-router.ts";
export { loadConfig, packageManagerOf } from "./config.ts";
export { inTransaction } from "./database/connection.ts";
export { diagnose } from "./doctor/diagnose.ts";
export type { Finding } from "./doctor/finding.ts";
export { describeRoutes, type LimitDescription, type RouteDescription } from "./http/route-description.ts";
export { createLogger } from "./logging/logger.ts";
export { openOperatorScope } from "./operator-scope.ts";
