import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DatabaseConfig } from "../config.ts";
import { version } from "../version.ts";
import { type Finding, failed, named, ok, warning } from "./finding.ts";

const mebibyte = 1024 * 1024;

/** Bytes of free space: below the first an operator should look, below the second writes are about to fail. */
const scarceBytes = 1024 * mebibyte;
const minBytes = 100 * mebibyte;

/** Whether the disk has space: the one of the embedded database, otherwise of this folder, where files are written. */
export async function checkDisk(database: DatabaseConfig): Promise<Finding> {
  return await named("disk", async () => {
    const folder = existingFolder(database.kind === "embedded" ? (database.directory ?? ".") : ".");
    const { bavail, bsize } = await statfs(folder);
    return judgeSpace(bavail * bsize, folder);
  });
}

/** Judges the free bytes of the disk that a folder is on. */
export function judgeSpace(freeBytes: number, folder: string) {
  const message = `${describeBytes(freeBytes)} are free at ${folder}.`;
  if (freeBytes < minBytes) return failed(message, "Free some space, before writes fail.");
  if (freeBytes < scarceBytes) return warning(message, "Free some space soon.");
  return ok(message);
}

function describeBytes(bytes: number): string {
  const gibibytes = bytes / mebibyte / 1024;
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${Math.floor(bytes / mebibyte)} MiB`;
}

/** Returns the folder, or the nearest one around it that exists. */
function existingFolder(folder: string): string {
  const path = resolve(folder);
  return existsSync(path) || dirname(path) === path ? path : existingFolder(dirname(path));
}

/** The oldest Node that runs the server, and the version of pnpm that the lockfile was written by. */
const minNodeMajor = 26;
const pnpmMajor = 12;

/** The versions of the programs that run this one. */
interface RunningVersions {
  /** As in `26.10.0`. */
  readonly node: string;
  /** As in `pnpm/12.21.0`; `undefined` if no package manager started the process. */
  readonly packageManager: string | undefined;
}

/** Whether Node and pnpm are as new as this version needs them. */
export function checkVersions({ node, packageManager }: RunningVersions): Promise<Finding> {
  return named("versions", () => {
    const [manager = "", managerVersion = ""] = packageManager?.split("/") ?? [];
    const startedBy = packageManager === undefined ? "" : `, ${manager} ${managerVersion}`;
    const message = `Gatehouse ${version}, Node ${node}${startedBy}.`;
    if (Number.parseInt(node, 10) < minNodeMajor) return failed(message, `Run it on Node ${minNodeMajor} or later.`);
    if (manager === "pnpm" && Number.parseInt(managerVersion, 10) !== pnpmMajor) {
      return warning(message, `Use pnpm ${pnpmMajor}, which wrote the lockfile: npx pnpm@${pnpmMajor}`);
    }
    return ok(message);
  });
}
