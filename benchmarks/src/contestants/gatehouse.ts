// Gatehouse as it is run in production, without routers of an app. Its log goes to its standard output: a file.
import { createGatehouse, loadConfig } from "@gatehouse/server";
import { serveParent } from "../processes/serve-parent.ts";

/** The environment that it reads its configuration from. */
export type GatehouseEnvironment = Readonly<Record<string, string>>;

serveParent(async (environment: GatehouseEnvironment) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers: {} });
  return { ready: await gatehouse.listen(), stop: () => gatehouse.close() };
});
