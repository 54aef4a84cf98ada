import { loadConfig, openOperatorScope } from "@gatehouse/server/operator";

/** Opens what an operator's command works with, by the settings in the environment. Logs errors only. */
export function openScope() {
  return openOperatorScope({ config: loadConfig({ ...process.env, LOG_LEVEL: "error" }), routers: {} });
}
