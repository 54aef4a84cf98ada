export type { AppRouter, AppRouterWith } from "./api.ts";
export type { ApiKeyActor, ScopedActor } from "./auth/api-key/actor.ts";
export { getProviderTokens } from "./auth/identity/service.ts";
export type { Actor } from "./auth/session/actor.ts";
export { type Config, loadConfig } from "./config.ts";
export { type Database, inTransaction } from "./database/connection.ts";
export { GatehouseError, type GatehouseErrorCode } from "./errors.ts";
export { createGatehouse, type Gatehouse, type GatehouseOptions } from "./gatehouse.ts";
export { outboxLink } from "./http/outbox-guard.ts";
export { type GatehouseJobHandler as JobHandler, handleJob } from "./job-handlers.ts";
export type { JobAttempt } from "./jobs/job.ts";
export { defineJob, type Job, JobFailure } from "./jobs/job.ts";
export type { JobQueue } from "./jobs/queue.ts";
export type { CallLimit } from "./limits/call-limit.ts";
export type { Context } from "./rpc/context.ts";
export type { ProcedureMeta } from "./rpc/meta.ts";
export {
  authedProcedure,
  permissionProcedure,
  publicProcedure,
  scopedProcedure,
  sudoProcedure,
} from "./rpc/procedures.ts";
export { StartupError } from "./startup-error.ts";
export type { MetadataSchemas } from "./user/metadata/parse.ts";
export { getPrivateMetadata, setPrivateMetadata } from "./user/metadata/service.ts";
export { createWorker, type Worker } from "./worker.ts";
