import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian puts it, which is not in the path of everybody. */
const usualFolder = "/usr/sbin";

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
