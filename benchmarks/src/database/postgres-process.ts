// A PostgreSQL of this run's own, in a child so that it stops whatever becomes of the run.
import { startPostgresServer } from "../../../tests/support/postgres-server.ts";
import { serveParent } from "../processes/serve-parent.ts";

serveParent(async () => {
  const server = await startPostgresServer();
  return { ready: server.url, stop: () => server.stop() };
});
