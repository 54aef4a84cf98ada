import { type Call, headersOf, type Protocol } from "./call.ts";

/** tRPC's HTTP protocol, one call a request, in superjson; the inputs here are plain JSON, which needs no `meta`. */
export const rpc = rpcUnder("/rpc");

/** The same where the benchmark mounts Gatehouse's procedures on the stock adapter. */
export const stockRpc = rpcUnder("/stock");

function rpcUnder(prefix: string): Protocol {
  return {
    toRequest: (call) => ({
      method: isQuery(call) ? "GET" : "POST",
      path: `${prefix}/${call.procedure}`,
      headers: headersOf(call),
      ...(call.input === undefined ? {} : { body: JSON.stringify({ json: call.input }) }),
    }),
    toOutput: (body): unknown => JSON.parse(body).result.data.json,
  };
}

const isQuery = ({ procedure }: Call) => procedure === "user.me" || procedure === "benchmark.signedIn";
