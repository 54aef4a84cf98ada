// Gatehouse as it is run in production, without routers of an app. Its log goes to its standard output: a file.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGatehouse, loadConfig } from "@gatehouse/server";
import { serveParent } from "../processes/serve-parent.ts";

/** The environment that Gatehouse reads its configuration from. */
export type GatehouseEnvironment = Readonly<Record<string, string>>;

/** The questions of this process. */
export interface GatehouseAnswers {
  /** Collects garbage, so that the memory that remains is held. Only a run that measures memory asks for it. */
  collectGarbage(): void;
}

serveParent(async (environment: GatehouseEnvironment) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers: {} });
  const answers: GatehouseAnswers = { collectGarbage };
  return { ready: await gatehouse.listen(), answers: { ...answers }, stop: () => gatehouse.close() };
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}
