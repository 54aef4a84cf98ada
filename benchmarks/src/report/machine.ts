import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** Where the figures were measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
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

/** The versions that decide the figures, by name. */
export function describeVersions(): Readonly<Record<string, string>> {
  const versions = packages.map((name) => [name, installedVersion(name)]);
  return { node: process.versions.node, ...Object.fromEntries(versions) };
}

function installedVersion(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`${name} is not installed`);
  const manifest: { readonly version: string } = JSON.parse(readFileSync(path, "utf8"));
  return manifest.version;
}
