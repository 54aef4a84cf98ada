export { type FastifyTrpcHandler, fastifyTRPCHandler } from "./handler.ts";
export {
  type CreateFastifyContextOptions,
  type FastifyHandlerOptions,
  type FastifyTRPCPluginOptions,
  fastifyTRPCPlugin,
} from "./plugin.ts";
