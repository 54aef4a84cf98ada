import type { LoadAnswers } from "../load/load-process.ts";
import { type Child, type ChildSurroundings, startChild } from "../processes/child.ts";
import type { Argon2Answers } from "./argon2.ts";
import type { BehindNginxAnswers, BehindNginxSettings } from "./behind-nginx.ts";
import type { HashingCost } from "./hashing-cost.ts";
import type { StormChild } from "./in-storm.ts";
import { type ServerName, servers } from "./servers.ts";
import type { ServerSettings } from "./settings.ts";
import type { SignedInChild } from "./with-check.ts";

/** Connections of the load, each with one request at a time. */
export const connections = 10;

/** The callers. */
export type LoadChild = Child<unknown, LoadAnswers>;

/** A server, ready with its address. */
export type ServerChild = Child<string>;

/** Starts the callers, one process for all servers. */
export function startLoad(surroundings: ChildSurroundings): Promise<LoadChild> {
  const module = new URL("../load/load-process.ts", import.meta.url);
  return startChild({ ...surroundings, name: "load", module, input: { connections } });
}

/** Starts a server in a process of its own. */
export function startServer(
  surroundings: ChildSurroundings,
  settings: ServerSettings,
  name: ServerName,
): Promise<ServerChild> {
  const { module, input } = servers[name];
  return startChild({ ...surroundings, name, module, input: input(settings) });
}

/** Starts the server of the signed-in. */
export function startSignedIn(
  surroundings: ChildSurroundings,
  { environment }: ServerSettings,
): Promise<SignedInChild> {
  const module = new URL("./gatehouse-signed-in.ts", import.meta.url);
  return startChild({ ...surroundings, name: "gatehouse-signed-in", module, input: environment });
}

/** Starts those who sign in all at once. */
export function startStormers(surroundings: ChildSurroundings): Promise<StormChild> {
  const module = new URL("../load/storm/storm-process.ts", import.meta.url);
  return startChild({ ...surroundings, name: "storm", module });
}

/** Starts so many processes of Gatehouse, and nginx in front of them; ready with its address. */
export function startBehindNginx(
  surroundings: ChildSurroundings,
  { environment }: ServerSettings,
  processes: number,
): Promise<Child<string, BehindNginxAnswers>> {
  const module = new URL("./behind-nginx.ts", import.meta.url);
  const input: BehindNginxSettings = { environment, processes, logFolder: surroundings.logFolder };
  return startChild({ ...surroundings, name: `${processes}-behind-nginx`, module, input });
}

/** Starts the process that hashes, and is called by nobody. */
export function startArgon2(
  surroundings: ChildSurroundings,
  hashing: HashingCost,
): Promise<Child<unknown, Argon2Answers>> {
  const module = new URL("./argon2.ts", import.meta.url);
  return startChild({ ...surroundings, name: "argon2", module, input: hashing });
}
