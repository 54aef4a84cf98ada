import { TRPCError } from "@trpc/server";
import type { CreateFastifyContextOptions } from "@trpc/server/adapters/fastify";
import type { TRPCRequestInfo } from "@trpc/server/http";
import type { EventLog } from "./event-log.ts";
import type { TestContext } from "./test-procedures.ts";

type ContextFactory = (options: CreateFastifyContextOptions) => TestContext | Promise<TestContext>;

/** Ways to make a context; each logs everything that it is given. */
export const contextFactories = {
  none: undefined,
  sync: logged(({ res }) => ({ reply: res })),
  async: logged(async ({ res }) => {
    await new Promise(setImmediate);
    return { reply: res };
  }),
  throws: logged(() => {
    throw new TRPCError({ code: "UNAUTHORIZED", message: "no context" });
  }),
  rejects: logged(async () => {
    throw new TypeError("no context, late");
  }),
  "sets headers": logged(({ res }) => {
    res.code(201).header("x-context", "yes").header("content-type", "text/html").header("set-cookie", "a=1");
    return {};
  }),
  "reads inputs": logged(async ({ info }) => {
    for (const call of info.calls) await call.getRawInput();
    return {};
  }),
} satisfies Record<string, ((log: EventLog) => ContextFactory) | undefined>;

function logged(make: ContextFactory): (log: EventLog) => ContextFactory {
  return (log) => (options) => {
    const { req, res, info } = options;
    log.add("createContext", {
      given: Object.keys(options),
      own: res.request === req,
      body: bodyOf(req.raw),
    });
    log.add("info", describeInfo(info));
    return make(options);
  };
}

/** Describes the body. That of a form is the request itself, which is different each time. */
function bodyOf(request: object): unknown {
  const body: unknown = Reflect.get(request, "body");
  return body === request ? "the request" : body;
}

/** Describes everything except the procedures, since each server has its own. */
export function describeInfo({ url, signal, calls, ...rest }: TRPCRequestInfo): Record<string, unknown> {
  return {
    ...rest,
    url: url?.href,
    signal: signal instanceof AbortSignal && signal.aborted,
    calls: calls.map(({ path, batchIndex, procedure, result }) => [path, batchIndex, procedure?._def.type, result()]),
  };
}
