import type { OperatorScope } from "@gatehouse/server/operator";
import { jobs } from "../../jobs.ts";
import { routers } from "../../routers.ts";
import { refusalOf } from "./refusal.ts";

/** Opens the services of the server for an operator, and logs what is at least so grave to standard error. Throws `StartupError`. */
export async function openScope(level: "warn" | "error"): Promise<OperatorScope> {
  // The other commands need not load the whole server.
  const server = await import("@gatehouse/server/operator");
  const config = server.loadConfig();
  const log = await server.createLogger({ ...config.log, level }, process.stderr);
  return await server.openOperatorScope({ config, jobs, log, routers });
}

/**
 * Runs the work with the services of the server, and turns their refusals into sentences for the operator. Warnings about settings
 * belong to the server's log and to the doctor, so they are not shown here.
 */
export async function withOperator<T>(work: (scope: OperatorScope) => Promise<T>): Promise<T> {
  const { GatehouseError } = await import("@gatehouse/server/operator");
  await using scope = await openScope("error");
  try {
    return await work(scope);
  } catch (error) {
    throw error instanceof GatehouseError ? refusalOf(error) : error;
  }
}
