import type { AnyTRPCRouter } from "@trpc/server";
import type { ResponseMeta, ResponseMetaFn } from "@trpc/server/http";
import { describeInfo } from "./contexts.ts";
import type { EventLog } from "./event-log.ts";

type MetaOptions = Parameters<ResponseMetaFn<AnyTRPCRouter>>[0];

/** Things that a `responseMeta` may return, sensible and otherwise. */
export const responseMetas = {
  none: undefined,
  nothing: logged(() => ({})),
  status: logged(() => ({ status: 418 })),
  record: logged(() => ({
    headers: { "x-list": ["a", "b"], "Cache-Control": "max-age=1", "set-cookie": ["a=1", "b=2"] },
  })),
  Headers: logged(() => ({ headers: cookies() })),
  "type in a record": logged(() => ({ headers: { "Content-Type": "text/x-own" } })),
  "type in Headers": logged(() => ({ headers: new Headers({ "content-type": "text/x-own", vary: "origin" }) })),
  throws: logged(() => {
    throw new Error("The meta fails.");
  }),
  "throws at success": logged(({ errors }) => {
    if (errors.length === 0) throw new Error("The meta fails once.");
    return { headers: { "x-list": ["a"] } };
  }),
  "status without body": logged(() => ({ status: 304 })),
  "status without body at success": logged(({ errors }) =>
    errors.length === 0 ? { status: 204, headers: cookies() } : { headers: { "x-failed": "yes" } },
  ),
  "impossible status": logged(() => ({ status: 700 })),
  "fractional status": logged(() => ({ status: 201.5 })),
  "invalid header": logged(() => ({ headers: { "x-invalid": "a\nb" } })),
} satisfies Record<string, ((log: EventLog) => ResponseMetaFn<AnyTRPCRouter>) | undefined>;

function cookies(): Headers {
  const headers = new Headers({ "x-meta": "yes" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  return headers;
}

function logged(make: (options: MetaOptions) => ResponseMeta): (log: EventLog) => ResponseMetaFn<AnyTRPCRouter> {
  return (log) => (options) => {
    const { info, ctx, errors, ...rest } = options;
    const contextKeys = ctx === undefined ? "none" : Object.keys(ctx);
    log.add("responseMeta", { ...rest, contextKeys, errors: errors.map(({ code, message }) => [code, message]) });
    if (info !== undefined) log.add("info", describeInfo(info));
    return make(options);
  };
}
