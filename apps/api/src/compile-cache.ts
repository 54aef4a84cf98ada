import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";

/** The cache is code, so it lies where only somebody who may change the installed code can write. */
const directory = join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "compiled");

/**
 * Makes Node keep the JavaScript that it compiles, and the JavaScript in TypeScript files, for the next start: that saves about a
 * third of its time. Only modules that are imported afterwards are kept, so import the program dynamically. Where the directory
 * cannot be written, a start uses the cache that is there, or none. `NODE_COMPILE_CACHE` names another directory, and
 * `NODE_DISABLE_COMPILE_CACHE` turns the cache off; Node reads both itself.
 */
export function keepCompiledCode(): void {
  enableCompileCache({ directory });
}

/** Writes what was compiled so far, in case the process is killed; a process that ends by itself writes the rest. */
export function saveCompiledCode(): void {
  flushCompileCache();
}
