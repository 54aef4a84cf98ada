export type { AppRouter, AppRouterWith } from "./api.ts";
export type { ApiKeyActor, ScopedActor } from "./auth/api-key/index.ts";
export type { Actor } from "./auth/session/index.ts";
export { type Config, loadConfig } from "./config.ts";
export { type Database, inTransaction } from "./database/index.ts";
export { GatehouseError, type GatehouseErrorCode } from "./errors.ts";
export { createGatehouse, type Gatehouse, type GatehouseOptions } from "./gatehouse.ts";
export { outboxLink } from "./http/outbox-guard.ts";
export {
  defineJob,
  handleJob,
  type Job,
  type JobAttempt,
  JobFailure,
  type JobHandler,
  type JobQueue,
} from "./jobs/index.ts";
export type { CallLimit } from "./limits/index.ts";
export type { Context } from "./rpc/context.ts";
export type { ProcedureMeta } from "./rpc/meta.ts";
export {
  adminProcedure,
  authedProcedure,
  publicProcedure,
  scopedProcedure,
  sudoProcedure,
} from "./rpc/procedures.ts";
export { StartupError } from "./startup-error.ts";
export { createWorker, type Worker } from "./worker.ts";
