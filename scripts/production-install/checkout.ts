// What a checkout of this repository has, without asking git: the machine may have none.
import { cpSync, readFileSync } from "node:fs";
import { basename, join, matchesGlob } from "node:path";
import { root } from "../pinned-node.mjs";

/** Copies everything but what `.gitignore` names into the folder. */
export function copyCheckout(folder: string): void {
  const ignored = readFileSync(join(root, ".gitignore"), "utf8").split("\n").filter(Boolean).map(toName);
  const isTracked = (path: string) => ![".git", ...ignored].some((name) => matchesGlob(basename(path), name));
  cpSync(root, folder, { recursive: true, filter: isTracked });
}

/** Only names stand in it, for files and, with a slash, for folders; a path would be read wrongly. */
function toName(line: string): string {
  const name = line.replace(/\/$/, "");
  if (/[/!#]/.test(name)) throw new Error(`.gitignore has "${line}", which is not a name`);
  return name;
}
