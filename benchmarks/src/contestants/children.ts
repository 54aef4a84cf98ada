import type { LoadAnswers } from "../load/load-process.ts";
import type { StormAnswers } from "../load/storm-process.ts";
import { type Child, type ChildSurroundings, startChild } from "../processes/child.ts";
import type { Argon2Answers } from "../servers/argon2.ts";
import type { BareSettings } from "../servers/bare.ts";
import type { BehindNginxAnswers, BehindNginxSettings } from "../servers/behind-nginx.ts";
import type { AdapterName } from "../servers/empty-procedure.ts";
import type { FloorSettings } from "../servers/floor/dependencies.ts";
import type { GatehouseAnswers } from "../servers/gatehouse.ts";
import type { SignedInAnswers } from "../servers/gatehouse-signed-in.ts";
import type { RestHandlerName } from "../servers/rest-things.ts";
import type { HashingCost, ServerSettings } from "./settings.ts";

/** Connections of the load, each with one request at a time. */
export const connections = 10;

/** The load generator. */
export type LoadChild = Child<unknown, LoadAnswers>;

/** A storm of logins. */
export type StormChild = Child<unknown, StormAnswers>;

/** A server, ready with its address. */
export type ServerChild = Child<string>;

/** Gatehouse, ready with its address. */
export type GatehouseChild = Child<string, GatehouseAnswers>;

/** The server of the signed-in, ready with its address. */
export type SignedInChild = Child<string, SignedInAnswers>;

/** Gatehouse behind nginx, ready with nginx's address. */
type BehindNginxChild = Child<string, BehindNginxAnswers>;

/** The process that only hashes. */
export type Argon2Child = Child<unknown, Argon2Answers>;

interface Server {
  readonly module: URL;
  /** The start's input, made of the settings. */
  readonly input: (settings: ServerSettings) => unknown;
}

const gatehouse = new URL("../servers/gatehouse.ts", import.meta.url);
const emptyProcedure = new URL("../servers/empty-procedure.ts", import.meta.url);
const bare = new URL("../servers/bare.ts", import.meta.url);
const restThings = new URL("../servers/rest-things.ts", import.meta.url);

const toFloor = ({ databaseUrl, poolSize, hashing }: ServerSettings): FloorSettings => ({
  databaseUrl,
  poolSize,
  hashing,
});

/** The servers of the contestants besides Gatehouse with its own settings, each a process of its own. */
const servers = {
  "gatehouse-unnamed": {
    module: gatehouse,
    input: ({ environment }) => ({ ...environment, DATABASE_PREPARED_STATEMENTS: "off" }),
  },
  "gatehouse-pooled": {
    module: gatehouse,
    input: ({ environment }) => ({ ...environment, DATABASE_PIPELINE_CONNECTIONS: "0" }),
  },
  "gatehouse-stock": {
    module: new URL("../servers/gatehouse-on-stock.ts", import.meta.url),
    input: ({ environment }) => environment,
  },
  "by-hand": { module: new URL("../servers/by-hand.ts", import.meta.url), input: toFloor },
  bare: { module: bare, input: (settings): BareSettings => ({ ...toFloor(settings), reads: "pooled" }) },
  "bare-pipelined": {
    module: bare,
    input: (settings): BareSettings => ({ ...toFloor(settings), reads: "pipelined" }),
  },
  floor: { module: new URL("../servers/floor/floor.ts", import.meta.url), input: toFloor },
  "better-auth": {
    module: new URL("../servers/better-auth.ts", import.meta.url),
    input: ({ peerDatabaseUrl, poolSize }) => ({ databaseUrl: peerDatabaseUrl, poolSize }),
  },
  adapter: { module: emptyProcedure, input: (): AdapterName => "gatehouse" },
  "stock-adapter": { module: emptyProcedure, input: (): AdapterName => "stock" },
  bridge: { module: restThings, input: (): RestHandlerName => "bridge" },
  "trpc-to-openapi": { module: restThings, input: (): RestHandlerName => "trpc-to-openapi" },
} as const satisfies Record<string, Server>;

/** A server by its name. */
export type ServerName = "gatehouse" | PeerName;

/** A server of that table. */
export type PeerName = keyof typeof servers;

/** Starts the load generator, one process for all servers. */
export function startLoad(surroundings: ChildSurroundings): Promise<LoadChild> {
  const module = new URL("../load/load-process.ts", import.meta.url);
  return startChild({ ...surroundings, name: "load", module, input: { connections } });
}

/** Starts one of the other servers in a process of its own. */
export function startPeer(
  surroundings: ChildSurroundings,
  settings: ServerSettings,
  name: PeerName,
): Promise<ServerChild> {
  const { module, input } = servers[name];
  return startChild({ ...surroundings, name, module, input: input(settings) });
}

/** Starts Gatehouse in a process of its own. */
export function startGatehouse(
  surroundings: ChildSurroundings,
  { environment }: ServerSettings,
): Promise<GatehouseChild> {
  return startChild({ ...surroundings, name: "gatehouse", module: gatehouse, input: environment });
}

/** Starts Gatehouse without its audit log, on the other database of the run. */
export function startUnaudited(
  surroundings: ChildSurroundings,
  { environment, peerDatabaseUrl }: ServerSettings,
): Promise<GatehouseChild> {
  const module = new URL("../servers/gatehouse-without-audit.ts", import.meta.url);
  const input = { ...environment, DATABASE_URL: peerDatabaseUrl };
  return startChild({ ...surroundings, name: "gatehouse-without-audit", module, input });
}

/** Starts the server of the signed-in. */
export function startSignedIn(
  surroundings: ChildSurroundings,
  { environment }: ServerSettings,
): Promise<SignedInChild> {
  const module = new URL("../servers/gatehouse-signed-in.ts", import.meta.url);
  return startChild({ ...surroundings, name: "gatehouse-signed-in", module, input: environment });
}

/** Starts the process of the storm, which waits to begin. */
export function startStorm(surroundings: ChildSurroundings): Promise<StormChild> {
  const module = new URL("../load/storm-process.ts", import.meta.url);
  return startChild({ ...surroundings, name: "storm", module });
}

/** Starts this number of processes of Gatehouse, and nginx in front of them. */
export function startBehindNginx(
  surroundings: ChildSurroundings,
  { environment }: ServerSettings,
  processes: number,
): Promise<BehindNginxChild> {
  const module = new URL("../servers/behind-nginx.ts", import.meta.url);
  const input: BehindNginxSettings = { environment, processes, logFolder: surroundings.logFolder };
  return startChild({ ...surroundings, name: `${processes}-behind-nginx`, module, input });
}

/** Starts the process that hashes. */
export function startArgon2(surroundings: ChildSurroundings, hashing: HashingCost): Promise<Argon2Child> {
  const module = new URL("../servers/argon2.ts", import.meta.url);
  return startChild({ ...surroundings, name: "argon2", module, input: hashing });
}
