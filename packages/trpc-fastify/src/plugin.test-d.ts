// Compiled, never run: what the plugin's types must accept, and what they must not.
import { initTRPC } from "@trpc/server";
import {
  type FastifyTRPCPluginOptions as StockOptions,
  fastifyTRPCPlugin as stockPlugin,
} from "@trpc/server/adapters/fastify";
import Fastify, { type FastifyReply } from "fastify";
import {
  type CreateFastifyContextOptions,
  type FastifyTRPCPluginOptions,
  fastifyTRPCHandler,
  fastifyTRPCPlugin,
} from "./index.ts";

interface Context {
  readonly user: string;
}

const t = initTRPC.context<Context>().create();
const router = t.router({ ping: t.procedure.query(({ ctx }) => ctx.user) });
type TestRouter = typeof router;

const createContext = ({ req, res, info }: CreateFastifyContextOptions): Context => {
  res satisfies FastifyReply;
  return { user: `${req.ip} ${info.url?.href}` };
};

// It takes the place of the stock plugin, and the other way round.
fastifyTRPCPlugin satisfies typeof stockPlugin;
stockPlugin satisfies typeof fastifyTRPCPlugin;
const options: StockOptions<TestRouter> = { trpcOptions: { router, createContext } };
options satisfies FastifyTRPCPluginOptions<TestRouter>;

const app = Fastify();
app.register(fastifyTRPCPlugin, { prefix: "/trpc", trpcOptions: { router, createContext } });
app.register(fastifyTRPCPlugin<TestRouter>, {
  prefix: "/trpc",
  useWSS: true,
  trpcOptions: {
    router,
    createContext: async (given) => createContext(given),
    onError: ({ error, path, ctx, req }) => req.log.error({ error, path, user: ctx?.user }),
    responseMeta: ({ ctx, errors }) => (ctx === undefined || errors.length > 0 ? {} : { status: 200 }),
    allowBatching: false,
    maxBatchSize: 10,
    allowMethodOverride: true,
    keepAlive: { enabled: true },
  },
});

const answer = fastifyTRPCHandler({ router, createContext });
app.get<{ Params: { path: string } }>("/:path", (request, reply) => answer(request, reply, request.params.path));

app.register(fastifyTRPCPlugin<TestRouter>, {
  // @ts-expect-error: the context of another router.
  trpcOptions: { router, createContext: () => ({ user: 1 }) },
});

// @ts-expect-error: a router that needs a context, without one.
app.register(fastifyTRPCPlugin<TestRouter>, { trpcOptions: { router } });

// @ts-expect-error: no router.
app.register(fastifyTRPCPlugin<TestRouter>, { trpcOptions: { createContext } });

app.register(fastifyTRPCPlugin<TestRouter>, {
  // @ts-expect-error: an option that neither adapter has.
  trpcOptions: { router, createContext, maxBatchsize: 10 },
});

// @ts-expect-error: a path is needed.
answer satisfies (request: Parameters<typeof answer>[0], reply: FastifyReply) => unknown;
