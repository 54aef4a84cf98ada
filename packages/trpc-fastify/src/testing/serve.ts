import { type AnyTRPCRouter, initTRPC, type TRPCRouterRecord } from "@trpc/server";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type FastifyHandlerOptions, fastifyTRPCPlugin } from "../index.ts";

/** Builds the procedures of a test; their context has Fastify's reply. */
export const t = initTRPC.context<{ readonly reply: FastifyReply }>().create({ isDev: false });

/** Takes numbers only. */
export const numberProcedure = t.procedure.input((value: unknown) => {
  if (typeof value !== "number") throw new Error("A number is needed.");
  return value;
});

export type Options = FastifyHandlerOptions<AnyTRPCRouter, FastifyRequest, FastifyReply>;

/** A server of these procedures below `/trpc`. */
export function serve(options: Partial<Options>, procedures: TRPCRouterRecord): FastifyInstance {
  const app = Fastify();
  const trpcOptions: Options = {
    router: t.router(procedures),
    createContext: ({ res }) => ({ reply: res }),
    ...options,
  };
  app.register(fastifyTRPCPlugin<AnyTRPCRouter>, { prefix: "/trpc", trpcOptions });
  return app;
}

/** Sends a query below `/trpc`. */
export async function get(app: FastifyInstance, address: string) {
  const response = await app.inject({ url: `/trpc/${address}` });
  return { status: response.statusCode, body: response.json() };
}

/** Posts a body below `/trpc`. */
export async function post(app: FastifyInstance, address: string, payload: string) {
  const headers = { "content-type": "application/json" };
  const response = await app.inject({ method: "POST", url: `/trpc/${address}`, payload, headers });
  return { status: response.statusCode, body: response.json() };
}

/** A query string of these inputs, by their position. */
export function batchOf(inputs: unknown): string {
  return `batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
}
