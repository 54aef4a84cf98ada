// What the scripts that generate a file share: write it with --write, otherwise fail when it differs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./pinned-node.mjs";

/** A file kept in the repository although it follows from the code. */
export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly content: string;
  /** The command that writes it. */
  readonly command: string;
}

/** Writes the file when the script was started with `--write`; sets the exit code to 1 when it is out of date. */
export function writeOrCheck(file: GeneratedFile): void {
  const absolute = join(root, file.path);
  if (process.argv.includes("--write")) {
    writeFileSync(absolute, file.content);
  } else if (readIfPresent(absolute) !== file.content) {
    console.error(`${file.path} is not what the code says. Run: ${file.command}`);
    process.exitCode = 1;
  }
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
