// Gatehouse in one or more processes on one database, behind nginx.
import { startChild } from "../processes/child.ts";
import { serveParent } from "../processes/serve-parent.ts";
import type { GatehouseEnvironment } from "./gatehouse.ts";
import { startNginx } from "./nginx.ts";

/** The input of the start. */
export interface BehindNginxSettings {
  readonly environment: GatehouseEnvironment;
  readonly processes: number;
  /** Where the log of each process goes. */
  readonly logFolder: string;
}

/** Processor time so far, in microseconds. */
export interface PartiesCpu {
  readonly api: number;
  readonly nginx: number;
}

/** The questions of this process. */
export interface BehindNginxAnswers {
  partiesCpu(): Promise<PartiesCpu>;
}

const gatehouse = new URL("./gatehouse.ts", import.meta.url);

serveParent(async ({ environment, processes, logFolder }: BehindNginxSettings) => {
  await using stack = new AsyncDisposableStack();
  const { signal } = new AbortController();
  const input: GatehouseEnvironment = { ...environment, TRUSTED_PROXIES: "loopback" };
  const names = Array.from({ length: processes }, (_, index) => `${processes}-behind-nginx-${index + 1}`);
  const servers = await Promise.all(
    names.map(async (name) =>
      stack.use(await startChild<string>({ logFolder, signal, name, module: gatehouse, input })),
    ),
  );
  const nginx = stack.use(await startNginx(servers.map((server) => server.ready)));
  const answers: BehindNginxAnswers = {
    async partiesCpu() {
      const api = await Promise.all(servers.map((server) => server.cpuMicros()));
      return { api: api.reduce((sum, micros) => sum + micros, 0), nginx: await nginx.cpuMicros() };
    },
  };
  const owned = stack.move();
  return { ready: nginx.url, answers: { ...answers }, stop: () => owned.disposeAsync() };
});
