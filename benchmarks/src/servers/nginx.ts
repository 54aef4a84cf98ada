import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../tests/support/free-port.ts";
import { familyCpuMicros } from "../processes/processor-time.ts";

const pollMillis = 20;
const startLimitMillis = 10_000;

/** Debian's folder for it, which is not in every user's path. */
const usualFolder = "/usr/sbin";

/** Connections to each server that are kept open for the next request, in each worker. */
const keptConnections = 32;

/** A running nginx; disposing of it stops it. */
interface Nginx extends AsyncDisposable {
  readonly url: string;
  /** Processor time of all of its processes so far, in microseconds. */
  cpuMicros(): Promise<number>;
}

/** The nginx of this machine; `undefined` where there is none, or no `/proc` to read its processor time from. */
export function findNginx(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), usualFolder].filter(Boolean);
  return folders.map((folder) => join(folder, "nginx")).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
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
  return {
    url,
    cpuMicros: () => familyCpuMicros(Number(child.pid)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
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

interface Ports {
  readonly port: number;
  /** Host and port of each server. */
  readonly servers: readonly string[];
}

/** A reverse proxy as operators write it: keeps connections on both sides, and prefers the server with the fewest. */
function nginxConfiguration({ port, servers }: Ports): string {
  return `
worker_processes auto;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000000;
  upstream gatehouse {
    least_conn;
${servers.map((server) => `    server ${server};`).join("\n")}
    keepalive ${keptConnections};
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gatehouse;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}
