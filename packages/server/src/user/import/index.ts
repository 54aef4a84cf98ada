// Exports for the command line that imports users; the server does not use this file.

export { operatorCall } from "../../audit/call.ts";
export { systemClock } from "../../clock.ts";
export { systemRandom } from "../../crypto/random.ts";
export { type ImportRecord, ImportRunningError, type Refusal, type RefusalReport } from "./record.ts";
export { importedFields } from "./schema.ts";
export { importUsers, openImport, restartImport, tryImport } from "./service.ts";
export { type ImportState, importStart } from "./store.ts";
