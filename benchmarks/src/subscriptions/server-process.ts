// Gatehouse as contestants/gatehouse.ts has it, with a garbage collector that can be asked to work.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGatehouse, loadConfig } from "@gatehouse/server";
import type { GatehouseEnvironment } from "../contestants/gatehouse.ts";
import { serveParent } from "../processes/serve-parent.ts";

/** What the process answers. */
export interface ServerAnswers {
  /** Collects what nobody needs any more, so that what is left is what is held. */
  collectGarbage(): void;
}

serveParent(async (environment: GatehouseEnvironment) => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers: {} });
  return {
    ready: await gatehouse.listen(),
    answers: { collectGarbage: () => collect() },
    stop: () => gatehouse.close(),
  };
});
