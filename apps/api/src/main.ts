// The server of this repository: Gatehouse and the app's own routers, in one process.
import { createGatehouse, loadConfig } from "@gatehouse/server";
import { jobs } from "./jobs.ts";
import { routers } from "./routers.ts";
import { run } from "./run.ts";

await run(() => createGatehouse({ config: loadConfig(), routers, jobs }));
