import { createGatehouse, loadConfig } from "@gatehouse/server";
import { jobs } from "./jobs.ts";
import { routers } from "./routers.ts";
import { run } from "./run.ts";

/** Runs Gatehouse and the app's own routers. */
export function serve(): Promise<void> {
  return run(() => createGatehouse({ config: loadConfig(), routers, jobs }));
}
