// The server of this repository: Gatehouse and the app's own routers, in one process.
import { keepCompiledCode, saveCompiledCode } from "./compile-cache.ts";

keepCompiledCode();
// An import at the top would be compiled before the cache is in use.
const { serve } = await import("./serve.ts");
await serve();
saveCompiledCode();
