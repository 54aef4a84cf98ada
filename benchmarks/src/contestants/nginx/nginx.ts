import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nginxConfiguration } from "./configuration.ts";
import { findNginx } from "./find-nginx.ts";

/** Ticks of a second in `/proc`, on every Linux that Node runs on. */
const ticksPerSecond = 100;
const pollMillis = 20;
const startLimitMillis = 10_000;

/** A running nginx; disposing of it stops it. */
export interface Nginx extends AsyncDisposable {
  readonly url: string;
  /** Processor time of all of its processes so far, in microseconds. */
  cpuMicros(): Promise<number>;
}

/** Starts nginx in front of the servers, on a free port of this machine, with a folder of its own. */
export async function startNginx(servers: readonly string[]): Promise<Nginx> {
  const program = findNginx();
  if (program === undefined) throw new Error("nginx is not installed");
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), "gatehouse-nginx-"))).path;
  const port = await freePort();
  const hosts = servers.map((server) => new URL(server).host);
  await writeFile(join(folder, "nginx.conf"), nginxConfiguration({ port, servers: hosts }));
  const child = spawn(program, ["-p", folder, "-e", "stderr", "-c", "nginx.conf", "-g", "daemon off;"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exited = once(child, "exit");
  stack.defer(async () => {
    child.kill("SIGQUIT");
    await exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([untilAnswering(url), exited.then(() => Promise.reject(new Error("nginx did not start")))]);
  const owned = stack.move();
  return { url, cpuMicros: () => cpuMicrosOf(Number(child.pid)), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = performance.now() + startLimitMillis;
  while (!(await isAnswering(url))) {
    if (performance.now() > deadline) throw new Error(`nginx does not answer at ${url}`);
    await sleep(pollMillis);
  }
}

const isAnswering = (url: string) =>
  fetch(`${url}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Of the master and its workers. */
async function cpuMicrosOf(master: number): Promise<number> {
  const workers = (await readFile(`/proc/${master}/task/${master}/children`, "utf8")).trim().split(" ");
  const ticks = await Promise.all([String(master), ...workers].map(ticksOf));
  return (ticks.reduce((sum, count) => sum + count, 0) / ticksPerSecond) * 1e6;
}

/** In user mode and in the system: the 14th and 15th fields, counted after the name in brackets (proc_pid_stat(5)). */
async function ticksOf(pid: string): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}
