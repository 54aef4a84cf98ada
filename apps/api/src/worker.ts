// pnpm worker: runs the jobs of this repository's server in a separate process; the servers may then have JOBS=off.
import { keepCompiledCode, saveCompiledCode } from "./compile-cache.ts";

keepCompiledCode();
// An import at the top would be compiled before the cache is in use.
const { work } = await import("./work.ts");
await work();
saveCompiledCode();
