import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** The machine that ran a benchmark. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
}

/** The origin of a run's figures; each report begins with it. */
export interface Origin {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The command that repeats the run. */
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
}

interface StartedRun {
  readonly startedAt: Date;
  readonly command: string;
  /** Of PostgreSQL. */
  readonly serverVersion: string;
}

/** The origin of a run that this process made. */
export function originOf({ startedAt, command, serverVersion }: StartedRun): Origin {
  return {
    startedAt: startedAt.toISOString(),
    command,
    machine: describeMachine(),
    versions: { ...describeVersions(), postgres: serverVersion },
  };
}

/** The origin as Markdown, a paragraph of three lines. */
export function originToMarkdown({ command, startedAt, machine, versions }: Origin): string {
  const installed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `\`${command}\`, ${startedAt.slice(0, 10)}.`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.system}.`,
    `${installed.join(", ")}.`,
  ].join("  \n");
}

/** This machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
  };
}

const packages = [
  ...["fastify", "@fastify/rate-limit", "@trpc/server", "trpc-to-openapi", "better-auth"],
  ...["pg", "jose", "pino", "@node-rs/argon2", "autocannon"],
];

/** The versions of Node and of the packages that decide the figures, by name. */
function describeVersions(): Readonly<Record<string, string>> {
  const versions = packages.map((name) => [name, installedVersion(name)]);
  return { node: process.versions.node, ...Object.fromEntries(versions) };
}

function installedVersion(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  const manifest: { readonly version: string } = JSON.parse(readFileSync(path, "utf8"));
  return manifest.version;
}
