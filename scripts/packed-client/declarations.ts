// What the installed client declares.
import { findForeignNames } from "../../packages/client/scripts/build/foreign-names.ts";
import { listFiles } from "../../packages/client/scripts/build/modules.ts";
import type { Project } from "./project.ts";

/** The number of declaration files. Throws where one of them names what only the server should know. */
export function checkDeclarations({ client }: Project): number {
  const files = listFiles(client).filter((file) => file.endsWith(".d.ts"));
  const names = files.flatMap((file) => findForeignNames(file).map((name) => `${file} names ${name}`));
  if (names.length > 0 || files.length === 0) throw new Error(names.join("\n") || "The client declares nothing");
  return files.length;
}
