export { abortSignalOf } from "./abort-signal.ts";
export { callProcedure, type ProcedureCall } from "./call-procedure.ts";
export { type FastifyTrpcHandler, fastifyTRPCHandler } from "./handler.ts";
export {
  type CreateFastifyContextOptions,
  type FastifyHandlerOptions,
  type FastifyTRPCPluginOptions,
  fastifyTRPCPlugin,
} from "./plugin.ts";
