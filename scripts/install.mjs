// Installs the workspace with the pinned pnpm, unless nothing changed since the last time. Needs no dependency.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pinnedNode, root } from "./pinned-node.mjs";

/** The package manager as `npx` takes it. */
export const pnpm = "pnpm@12.21.0";
const stampFile = join(root, "node_modules", ".gatehouse-installed");

/**
 * Installs what is missing; prints one line, or everything that pnpm said when it failed.
 * @returns {boolean} whether the workspace is installed
 */
export function installWorkspace() {
  const stamp = manifestsHash();
  if (isInstalled(stamp)) return true;
  console.log("Installing packages (the first time takes about a minute) …");
  const { status, error, stdout, stderr } = runPnpm();
  if (status !== 0 || !existsSync(pinnedNode)) {
    console.error(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}\nInstalling the packages failed.`);
    return false;
  }
  writeFileSync(stampFile, stamp);
  return true;
}

/** By force, because pnpm left dangling links where an update changed the peers of a package it had installed. */
function runPnpm() {
  const args = ["install", "--frozen-lockfile", "--force", "--no-ignore-scripts", "--loglevel=error"];
  return spawnSync("npx", ["--yes", pnpm, ...args], {
    cwd: root,
    env: installEnvironment(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: Number.POSITIVE_INFINITY,
  });
}

/** @param {string} stamp */
function isInstalled(stamp) {
  return existsSync(pinnedNode) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp;
}

/** A hash of everything that decides what is installed. */
function manifestsHash() {
  const hash = createHash("sha256").update(`${pnpm} ${process.platform} ${process.arch}`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifestFiles()]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/** The package.json files of the workspace, as pnpm-workspace.yaml lists it. */
function manifestFiles() {
  const members = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  );
  return ["", ...members.sort(), "benchmarks", "tests"]
    .map((folder) => join(folder, "package.json"))
    .filter((file) => existsSync(join(root, file)));
}

/**
 * The caller's environment without what would change the outcome: production mode leaves out the pinned Node,
 * a terminal makes pnpm ask, and the Node about to be replaced must not run the installation.
 */
function installEnvironment() {
  const { NODE_ENV: _, ...env } = process.env;
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => !folder.startsWith(join(root, "node_modules")));
  return { ...env, PATH: path.join(delimiter), CI: "true", npm_config_loglevel: "error" };
}
