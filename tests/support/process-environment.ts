import { fileURLToPath } from "node:url";

/**
 * What a process that a test starts gets of the environment. Code that one process has compiled is read by the next, which
 * saves nearly half of the CPU time of a start.
 */
export const processEnvironment = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/node-compile", import.meta.url)),
};
