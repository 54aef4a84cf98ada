import { headersOf, type Protocol } from "./call.ts";

/** tRPC's HTTP protocol without a transformer, for queries without an input. */
export const plainRpc: Protocol = {
  toRequest: (call) => ({ method: "GET", path: `/rpc/${call.procedure}`, headers: headersOf(call) }),
  toOutput: (body): unknown => JSON.parse(body).result.data,
};
