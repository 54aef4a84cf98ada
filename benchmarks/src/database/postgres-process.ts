// A PostgreSQL for one run, in a child so that it stops even where the run is killed.
import { startPostgresServer } from "../../../tests/support/postgres-server.ts";
import { serveParent } from "../processes/serve-parent.ts";

serveParent(async () => {
  const server = await startPostgresServer();
  return { ready: server.url, stop: () => server.stop() };
});
