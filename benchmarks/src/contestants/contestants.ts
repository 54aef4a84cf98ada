import type { ProtocolName } from "../load/protocols.ts";
import type { ServerName } from "./children.ts";

/** The contestants: the server of each, and the protocol of its calls. Several share a server; Argon2 has none. */
export const contestants = {
  "gatehouse-rpc": { title: "Gatehouse over RPC", server: "gatehouse", protocol: "rpc" },
  "gatehouse-batch": { title: "Gatehouse over RPC, batches of 10", server: "gatehouse", protocol: "rpc-batch" },
  "gatehouse-rest": { title: "Gatehouse over REST", server: "gatehouse", protocol: "rest" },
  "gatehouse-stock": { title: "Gatehouse on the stock tRPC adapter", server: "gatehouse-stock", protocol: "stock-rpc" },
  "gatehouse-unnamed": {
    title: "Gatehouse over RPC, unnamed statements",
    server: "gatehouse-unnamed",
    protocol: "rpc",
  },
  "gatehouse-pooled": {
    title: "Gatehouse over RPC, no pipelining",
    server: "gatehouse-pooled",
    protocol: "rpc",
  },
  "gatehouse-pooled-rest": {
    title: "Gatehouse over REST, no pipelining",
    server: "gatehouse-pooled",
    protocol: "rest",
  },
  "gatehouse-checked": { title: "Gatehouse over RPC", revocationCheck: "on", protocol: "rpc" },
  "gatehouse-unchecked": {
    title: "Gatehouse over RPC, not asking whether the session has ended",
    revocationCheck: "off",
    protocol: "rpc",
  },
  "gatehouse-in-storm": {
    title: "Gatehouse over RPC, in the storm",
    server: "gatehouse",
    protocol: "rpc",
    besides: "storm",
  },
  "one-behind-nginx": { title: "Gatehouse over RPC, one process behind nginx", gatehouses: 1, protocol: "rpc" },
  "two-behind-nginx": { title: "Gatehouse over RPC, two processes behind nginx", gatehouses: 2, protocol: "rpc" },
  "by-hand": { title: "By hand: Fastify with the same plugins", server: "by-hand", protocol: "rest" },
  bare: { title: "Bare: Fastify and pg", server: "bare", protocol: "rest" },
  "bare-pipelined": {
    title: "Bare, reads over one pipelined connection",
    server: "bare-pipelined",
    protocol: "rest",
  },
  floor: { title: "Floor: bare node:http and pg", server: "floor", protocol: "rest" },
  "better-auth": { title: "better-auth `get-session`", server: "better-auth", protocol: "better-auth" },
  adapter: { title: "@gatehouse/trpc-fastify alone", server: "adapter", protocol: "plain-rpc" },
  "stock-adapter": { title: "Stock tRPC adapter alone", server: "stock-adapter", protocol: "plain-rpc" },
  bridge: { title: "REST bridge alone", server: "bridge", protocol: "things" },
  "trpc-to-openapi": { title: "trpc-to-openapi's handler alone", server: "trpc-to-openapi", protocol: "things" },
  argon2: { title: "Argon2 alone" },
} as const satisfies Record<string, ContestantEntry>;

/** A row of the table of contestants. */
export interface ContestantEntry {
  readonly title: string;
  readonly server?: ServerName;
  /** The load that the server has besides while it is measured. */
  readonly besides?: "storm";
  /** Whether each call asks if its session has ended; the server is that of the signed-in. */
  readonly revocationCheck?: "on" | "off";
  /** Processes of Gatehouse behind nginx, instead of a server. */
  readonly gatehouses?: number;
  readonly protocol?: ProtocolName;
}

/** A contestant by its name. */
export type ContestantName = keyof typeof contestants;
