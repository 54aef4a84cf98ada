// A PostgreSQL for one run, in a child so that it stops even where the run is killed.
import { startPostgresServer } from "../../../tests/support/postgres-server.ts";
import { childrenOf, familyCpuMicros, hasProcessTimes } from "../processes/processor-time.ts";
import { serveParent } from "../processes/serve-parent.ts";

/** The questions of this process. */
export interface PostgresAnswers {
  /** Processor time of all processes of PostgreSQL so far, in microseconds; `null` where the system does not tell it. */
  postgresCpuMicros(): Promise<number | null>;
}

serveParent(async () => {
  const server = await startPostgresServer();
  const answers: PostgresAnswers = { postgresCpuMicros };
  return { ready: server.url, answers: { ...answers }, stop: () => server.stop() };
});

/** PostgreSQL is the only child of this process; its connections and its other processes are children of that. */
async function postgresCpuMicros(): Promise<number | null> {
  if (!hasProcessTimes) return null;
  const [postmaster] = await childrenOf(process.pid);
  if (postmaster === undefined) throw new Error("PostgreSQL is not running");
  return await familyCpuMicros(postmaster);
}
