import { betterAuth } from "./better-auth.ts";
import type { Protocol } from "./call.ts";
import { plainRpc } from "./plain-rpc.ts";
import { rest } from "./rest.ts";
import { rpc, stockRpc } from "./rpc.ts";
import { rpcBatch } from "./rpc-batch.ts";
import { things } from "./things.ts";

/** The protocols by their names. */
export const protocols = {
  rest,
  rpc,
  "rpc-batch": rpcBatch,
  "stock-rpc": stockRpc,
  "plain-rpc": plainRpc,
  things,
  "better-auth": betterAuth,
} as const satisfies Record<string, Protocol>;

/** A protocol by its name. */
export type ProtocolName = keyof typeof protocols;
